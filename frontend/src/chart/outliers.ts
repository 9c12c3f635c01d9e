/** The range most of the values are in, and how many it leaves out. Pure. */

import type { Range } from "./axis.ts";

/** Fewer values than this have no outliers. */
const LEAST = 20;
const SHARE = 0.02;
/** Room beyond the middle of the values, as a share of its span. */
const ROOM = 0.25;

/** Between which values nearly all lie; null where they have no outliers. */
export function bulk(values: readonly number[]): Range | null {
  if (values.length < LEAST) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const low = sorted[Math.floor(SHARE * (sorted.length - 1))] as number;
  const high = sorted[Math.ceil((1 - SHARE) * (sorted.length - 1))] as number;
  const room = ROOM * (high - low || Math.abs(high) || 1);
  const range: Range = [low - room, high + room];
  return outside(values, range) > 0 ? range : null;
}

export function outside(values: readonly number[], [low, high]: Range): number {
  return values.reduce((sum, value) => sum + Number(value < low || value > high), 0);
}
