/** Where on a chart a point of the screen lies, from our own fixed margins and ranges. Pure. */

import type { Range } from "./axis.ts";
import { MARGIN } from "./layout.ts";

/** How far `offset` pixels from the left edge of a chart is along its x axis: 0 at the beginning, 1 at the end. */
export function shareAt(offset: number, width: number): number {
  return (offset - MARGIN.l) / (width - MARGIN.l - MARGIN.r);
}

/** The x at `offset` pixels from the left edge of a chart `width` pixels wide; null beside the axes. */
export function xAt(offset: number, width: number, [first, last]: Range): number | null {
  const share = shareAt(offset, width);
  return share >= 0 && share <= 1 ? first + share * (last - first) : null;
}

/** An edge of an x axis as the library tells it: a number, or on a time axis a moment as text. */
export function edge(told: unknown): number {
  return typeof told === "string" && /^\d+-\d\d-\d\d/.test(told)
    ? Date.parse(`${told.replace(" ", "T")}${told.includes(" ") ? "Z" : ""}`)
    : Number(told);
}
