/** Which steps the run page shows: the whole run, its recent part, or a stretch somebody chose. Pure. */

import { growing, type Range } from "../chart/axis.ts";

export type Following = "whole" | "recent";

export interface View {
  /** What to go back to when following. */
  following: Following;
  /** Stretches chosen by zooming in, the last one shown; empty while following. */
  chosen: readonly Range[];
}

/** Columns asked for: each gives at most two points. */
export const COLUMNS = 300;
export const START: View = { following: "whole", chosen: [] };
const RECENT_SHARE = 0.15;
const RECENT_LEAST = 200;

export function isFollowing(view: View): boolean {
  return view.chosen.length === 0;
}

export function zoomTo(view: View, first: number, last: number): View {
  const from = Math.max(0, Math.min(first, last));
  const to = Math.max(from + 1, first, last);
  return { ...view, chosen: [...view.chosen, [from, to]] };
}

/** The stretch in view moved or scaled under the hand: no step to go back to but the one before it began. */
export function moveTo(view: View, [first, last]: Range): View {
  const to = Math.max(first + 1, last);
  return { ...view, chosen: [...view.chosen.slice(0, -1), [Math.max(0, first), to]] };
}

/** One zoom back; from the first, following again. */
export function zoomOut(view: View): View {
  return { ...view, chosen: view.chosen.slice(0, -1) };
}

export function follow(view: View, following: Following = view.following): View {
  return { following, chosen: [] };
}

/** The steps to show, for a run that took `step` of `total` steps. Moves in jumps while following. */
export function rangeOf(view: View, step: number, total: number | null): Range {
  const chosen = view.chosen.at(-1);
  if (chosen) return chosen;
  const end = total === null ? growing(step) : Math.max(total, growing(step) * Number(step > total));
  if (view.following === "whole") return [0, end];
  return recent(step, end);
}

function recent(step: number, end: number): Range {
  const span = Math.max(RECENT_LEAST, growing(step * RECENT_SHARE));
  if (span >= end) return [0, end];
  const jump = span / 10;
  const last = Math.min(end, (Math.floor(step / jump) + 3) * jump);
  return [Math.max(0, last - span), last];
}

/** The steps that need more than the points of the whole run, null where those will do. */
export function fineRange(view: View, range: Range): Range | null {
  const chosen = view.chosen.at(-1);
  if (chosen) return [Math.floor(chosen[0]), Math.ceil(chosen[1]) + 1];
  if (view.following === "recent" && range[0] > 0) return [Math.floor(range[0]), Number.POSITIVE_INFINITY];
  return null;
}
