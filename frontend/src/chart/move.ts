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
