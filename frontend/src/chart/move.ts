/** Ranges of an x axis as a person moves them: aside, closer, farther. Pure; nothing goes below 0. */

import type { Range } from "./axis.ts";

/** `range` moved by `share` of itself. */
export function slid([first, last]: Range, share: number): Range {
  const span = last - first;
  const from = Math.max(0, first + share * span);
  return [from, from + span];
}

/** `range` made `factor` times as long, with `x` where it is on the screen. */
export function scaled([first, last]: Range, factor: number, x: number): Range {
  const from = Math.max(0, x - (x - first) * factor);
  return [from, from + (last - first) * factor];
}

/** Fingers nearer to each other than this share of the chart hold nothing. */
const APART = 0.02;

/** The stretch with the places `touched` at `shares` of its width; null for fingers that are as good as one. */
export function held(touched: Range, shares: Range): Range | null {
  const apart = shares[1] - shares[0];
  const between = touched[1] - touched[0];
  if (apart < APART || between <= 0) return null;
  const span = between / apart;
  const first = Math.max(0, touched[0] - shares[0] * span);
  return [first, first + span];
}
