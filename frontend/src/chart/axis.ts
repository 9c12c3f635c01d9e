/** Ranges of axes: explicit always, and calm, so that a live chart is not laid out anew for every point. */

import { extent } from "../lib/series.ts";

export type Range = readonly [number, number];
export type Scale = "linear" | "log";

export function within(x: number, [first, last]: Range): boolean {
  return x >= first && x <= last;
}

/** Below this share of the peak a logarithmic axis shows nothing: schedules that end at 0 would swallow it. */
const LOG_DEPTH = 1e-5;

/** The range that shows `values` with a margin; in log10 units for a log axis. Null when nothing can be shown. */
export function rangeFor(values: readonly number[], scale: Scale, fromZero: boolean): Range | null {
  return scale === "log" ? fitLog(values) : fitLinear(values, fromZero);
}

function fitLinear(values: readonly number[], fromZero: boolean): Range | null {
  const found = extent(values);
  if (!found) return null;
  const low = fromZero ? Math.min(0, found[0]) : found[0];
  const high = found[1];
  const span = high - low || Math.abs(high) || 1;
  return [fromZero && low === 0 ? -0.03 * span : low - 0.06 * span, high + 0.08 * span];
}

function fitLog(values: readonly number[]): Range | null {
  const positive = values.filter((value) => value > 0);
  const found = extent(positive);
  if (!found) return null;
  const high = Math.log10(found[1]);
  const low = Math.log10(Math.max(found[0], found[1] * LOG_DEPTH));
  const span = Math.max(high - low, 0.3);
  return [low - 0.06 * span, high + 0.08 * span];
}

/** `wanted`, unless `previous` still shows it all and is at most twice as large. */
export function steady(previous: Range | null, wanted: Range): Range {
  if (previous === null) return wanted;
  const room = previous[1] - previous[0];
  const need = wanted[1] - wanted[0];
  const holds = previous[0] <= wanted[0] + 0.05 * need && previous[1] >= wanted[1] - 0.05 * need;
  return holds && need >= room / 2 ? previous : wanted;
}

/** The end of a growing x axis: in jumps of a tenth, so that the tick labels rest in between. */
export function growing(step: number): number {
  if (step < 20) return 20;
  const unit = 10 ** Math.floor(Math.log10(step)) / 10;
  return Math.ceil((step * 1.02) / unit) * unit;
}
