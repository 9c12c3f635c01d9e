/** What is worth reading off a curve. Pure. */

import type { Analysis, Jump, PreviewAnswer } from "../api/types.ts";
import { count, lr, lrExact, percent } from "../lib/format.ts";
import { rank } from "../lib/series.ts";

export interface Readout {
  id: string;
  label: string;
  value: string;
  note: string;
}

/** Read-outs of a curve, in the order of the page. */
export function readouts(answer: PreviewAnswer): Readout[] {
  const { analysis } = answer;
  if (!analysis) return [];
  const peakAt = answer.y.indexOf(analysis.maximum);
  const found: Readout[] = [
    {
      id: "peak",
      label: "Peak",
      value: lrExact(analysis.maximum),
      note: peakAt >= 0 ? `from step ${count(answer.x[peakAt])}` : "",
    },
    { id: "floor", label: "Floor", value: lrExact(analysis.minimum), note: "" },
    { id: "first", label: "First", value: lrExact(analysis.first), note: "step 0" },
    { id: "last", label: "Last", value: lrExact(analysis.last), note: `step ${count(analysis.total - 1)}` },
  ];
  const warm = warmUp(answer);
  if (warm !== null)
    found.push({ id: "warm-up", label: "Warm-up", value: percent(warm), note: "of the run" });
  found.push({
    id: "area",
    label: "Area",
    value: analysis.area === 0 ? "0" : analysis.area.toPrecision(4),
    note: `mean ${lr(analysis.area / Math.max(1, analysis.total), 2)}`,
  });
  return found;
}

/** The share of the run before the peak is reached, where the curve clearly rises to it; else null. */
export function warmUp(answer: PreviewAnswer): number | null {
  const { analysis, x, y } = answer;
  if (!analysis || analysis.maximum <= 0 || analysis.first > analysis.maximum / 2) return null;
  const top = y.findIndex((value) => value >= analysis.maximum * (1 - 1e-9));
  const at = x[top];
  if (at === undefined || at === 0) return null;
  const rising = y
    .slice(0, top + 1)
    .every((value, index, all) => index === 0 || value >= (all[index - 1] as number));
  const share = at / analysis.total;
  return rising && share <= 0.5 ? share : null;
}

/** Jumps to more than twice or less than half: likely slips of the pen. */
export function bigJumps(analysis: Analysis): Jump[] {
  return analysis.jumps.filter(({ before, after }) => {
    const low = Math.min(before, after);
    return low <= 0 ? before !== after : Math.max(before, after) / low > 2;
  });
}

/** A jump in words, as `step 8,000: 3.0e-4 → 3.0e-5`. */
export function jumpWords(jump: Jump): string {
  return `step ${count(jump.step)}: ${lrExact(jump.before)} → ${lrExact(jump.after)}`;
}

/** The drawn point at or before `x`, null where there is none. */
export function pointAt(answer: PreviewAnswer, x: number): { step: number; value: number } | null {
  const index = Math.min(answer.x.length - 1, Math.max(0, rank(answer.x, x + 0.5) - 1));
  const step = answer.x[index];
  const value = answer.y[index];
  return step === undefined || value === undefined ? null : { step, value };
}
