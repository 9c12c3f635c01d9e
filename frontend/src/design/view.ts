/** What the curve's chart shows: its ranges, and from them the place of every point in pixels. Pure. */

import type { PreviewAnswer } from "../api/types.ts";
import { type Range, rangeFor, type Scale } from "../chart/axis.ts";
import { MARGIN } from "../chart/layout.ts";

/** Ranges and scales of the curve's axes; `y` is in log10 units on a log axis. */
export interface View {
  x: Range;
  y: Range;
  scale: Scale;
  /** The share of the height that the lr has, from below; a trace has the rest. */
  domain: Range;
}

/** What stands on the chart beside the curve: ghosts and other groups. */
export interface Beside {
  y: readonly number[];
  total: number;
}

export const MARGINS = { ...MARGIN, t: 30 } as const;
const WHOLE: Range = [0, 1];
const ABOVE_TRACE: Range = [0.42, 1];

/** The view of an answer: all of it, or the stretch zoomed to. */
export function viewOf(
  answer: PreviewAnswer | null,
  beside: readonly Beside[],
  scale: Scale,
  zoom: Range | null,
): View {
  const totals = [answer?.analysis?.total ?? 1, ...beside.map(({ total }) => total)];
  const values = [...(answer?.y ?? []), ...beside.flatMap(({ y }) => y)];
  return {
    x: zoom ?? [0, Math.max(...totals)],
    y: rangeFor(values, scale, true) ?? (scale === "log" ? [-6, -3] : [0, 1e-3]),
    scale,
    domain: answer && answer.traces.length > 0 ? ABOVE_TRACE : WHOLE,
  };
}

export interface Size {
  width: number;
  height: number;
}

/** A view laid out on a chart of some size: steps and lrs to pixels, and back. */
export interface Area {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x(step: number): number;
  y(lr: number): number;
  step(x: number): number;
  lr(y: number): number;
}

/** The area that a view has on a chart; what is 0 or less lies at the bottom of a log axis. */
export function areaOf(view: View, { width, height }: Size): Area {
  const left = MARGINS.l;
  const right = Math.max(left + 1, width - MARGINS.r);
  const room = Math.max(1, height - MARGINS.t - MARGINS.b);
  const top = MARGINS.t + (1 - view.domain[1]) * room;
  const bottom = MARGINS.t + (1 - view.domain[0]) * room;
  const log = view.scale === "log";
  const [low, high] = view.y;
  const [first, last] = view.x;
  const level = (lr: number): number => (log ? (lr > 0 ? Math.log10(lr) : low) : lr);
  return {
    left,
    right,
    top,
    bottom,
    x: (step) => left + ((step - first) / (last - first)) * (right - left),
    y: (lr) => bottom - ((Math.max(low, level(lr)) - low) / (high - low)) * (bottom - top),
    step: (x) => first + ((x - left) / (right - left)) * (last - first),
    lr: (y) => {
      const value = low + ((bottom - y) / (bottom - top)) * (high - low);
      return log ? 10 ** value : value;
    },
  };
}

/** The curve as an SVG path. */
export function pathOf(area: Area, xs: readonly number[], ys: readonly number[]): string {
  let path = "";
  for (let index = 0; index < xs.length; index += 1) {
    const pen = index === 0 ? "M" : "L";
    path += `${pen}${area.x(xs[index] as number).toFixed(1)} ${area.y(ys[index] as number).toFixed(1)}`;
  }
  return path;
}
