/** The smooth line of a metric: the server's mean over every point, carried on over those that came since. Pure. */

import type { Window } from "../api/endpoints.ts";
import type { Series } from "../api/types.ts";
import type { Range } from "../chart/axis.ts";
import { rank, slice } from "../lib/series.ts";
import { goneOn, meanAfter, smoothed, spacingOf } from "../lib/smooth.ts";

/** Metrics smoothed by the server over the steps first <= step < last (Infinity: to the end). */
export interface Smooth {
  weight: number;
  first: number;
  last: number;
  /** With what came before `first`, for the mean to begin with. */
  series: Record<string, Series>;
  cursor: number;
}

export interface SmoothLine {
  x: readonly number[];
  y: readonly number[];
}

/** So much of what came before a stretch may be missing in the mean at its beginning. */
const MISSING = 1e-3;
/** More than all the values that such a beginning is made of, and as many again. */
const MOST_COLUMNS = 4000;
/** Fewer points are a line of their own. */
const LEAST_POINTS = 3;

/** What to ask for, to draw `stretch` (null: the whole run) of a metric whose points are `series`, on `columns`. */
export function windowFor(series: Series, stretch: Range | null, weight: number, columns: number): Window {
  if (stretch === null) return { width: columns };
  const [first, last] = stretch;
  const before = Math.ceil((spacingOf(series.x, series.total) * Math.log(MISSING)) / Math.log(weight));
  const from = Math.max(0, first - before);
  const end = Number.isFinite(last) ? last : Math.max(first, series.x.at(-1) ?? 0) + 1;
  const width = Math.min(MOST_COLUMNS, Math.ceil((columns * (end - from)) / (end - first)));
  return { from, width, ...(Number.isFinite(last) ? { to: last } : {}) };
}

/** The line over the points `raw` of a metric; null where there is none to draw. */
export function smoothLine(
  raw: Series,
  name: string,
  weight: number,
  smooth: Smooth | null,
): SmoothLine | null {
  const { x, y } = raw;
  if (weight === 0 || x.length < LEAST_POINTS) return null;
  // Until the server's answer is here, and before the stretch that it is for: the mean over the points there are.
  const plain = (): number[] => smoothed(x, y, weight, raw.total);
  const known = smooth?.weight === weight ? smooth.series[name] : undefined;
  const mean = known && meanAfter(known.x, known.y, weight, known.total);
  if (!smooth || !known || !mean) return { x, y: plain() };
  const inner = slice(known, smooth.first, smooth.last);
  const [left, right] = [rank(x, smooth.first), rank(x, mean.at + 1)];
  const after = goneOn(mean, x.slice(right), y.slice(right), weight);
  return {
    x: [...x.slice(0, left), ...inner.x, ...x.slice(right)],
    y: [...(left > 0 ? plain().slice(0, left) : []), ...inner.y, ...after],
  };
}

/** Whether points after `cursor` that begin at `start` take steps again that the smooth lines have gone over. */
export function isOvertaken(smooth: Smooth, after: number, series: Record<string, Series>): boolean {
  if (after < smooth.cursor) return false;
  return Object.entries(series).some(([name, { x }]) => {
    const [start, reached] = [x[0], smooth.series[name]?.x.at(-1)];
    return start !== undefined && reached !== undefined && start <= reached;
  });
}
