/** The x axis of a run's charts: steps, or the time they were taken at. Figures are made in steps. Pure. */

import type { Range } from "../chart/axis.ts";
import { type Figure, stepAxis } from "../chart/layout.ts";
import type { Palette } from "../chart/palette.ts";
import { count, duration } from "../lib/format.ts";
import { type AxisKind, durationTicks, type Place, placing } from "./timeline.ts";

export interface Axis {
  kind: AxisKind;
  place: Place;
}

export const STEPS: Axis = { kind: "step", place: placing("step", null) };

/** The layout of an axis over the steps `range`. */
export function xAxis(palette: Palette, range: Range, { kind, place }: Axis): Record<string, unknown> {
  const axis = stepAxis(palette, range);
  if (kind === "step") return axis;
  const [first, last] = [place.to(range[0]), place.to(range[1])];
  const shown = { ...axis, range: [first, last] };
  if (kind === "tokens") return { ...shown, tickformat: "~s", ticksuffix: " tok" };
  if (kind === "relative") {
    const ticks = { tickmode: "array", ...durationTicks([first, last]) };
    return { ...shown, ...ticks };
  }
  return {
    ...shown,
    type: "date",
    tickformat: "",
    nticks: 7,
  };
}

interface Placed {
  x?: readonly number[];
}

interface Shape {
  xref?: string;
  x0?: number;
  x1?: number;
}

/** `figure`, made in steps, as it stands on the axis. */
export function laidOut(figure: Figure, { kind, place }: Axis): Figure {
  if (kind === "step") return figure;
  const traces = figure.traces.map((trace) => {
    const { x } = trace as Placed;
    return x ? { ...trace, x: x.map(place.to) } : trace;
  });
  const shapes = ((figure.layout["shapes"] ?? []) as Shape[]).map((shape) =>
    shape.xref === "x" ? { ...shape, x0: place.to(shape.x0 ?? 0), x1: place.to(shape.x1 ?? 0) } : shape,
  );
  return { traces, layout: { ...figure.layout, shapes } };
}

/** What stands at an x of the axis, in words. */
export function placeWords({ kind, place }: Axis, x: number): string {
  const step = `step ${count(place.from(x))}`;
  switch (kind) {
    case "step":
      return step;
    case "tokens":
      return `${step}, ${count(x)} tokens`;
    case "relative":
      return `${step}, after ${duration(x)}`;
    case "wall":
      return `${step}, ${new Date(x).toISOString().slice(0, 19).replace("T", " ")}`;
  }
}
