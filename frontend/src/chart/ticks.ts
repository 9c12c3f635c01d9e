/** Round places for the labels of an lr axis, spelled like every lr: `2e-4`. Pure. */

import type { Range, Scale } from "./axis.ts";

export interface Ticks {
  tickvals: number[];
  ticktext: string[];
}

const MOST = 7;

/** Labels for a range (in log10 units on a log axis); at most about `MOST` of them. */
export function lrTicks(range: Range, scale: Scale): Ticks {
  const values = scale === "log" ? logValues(range) : linearValues(range);
  return { tickvals: values, ticktext: values.map(spell) };
}

function linearValues([low, high]: Range): number[] {
  const rough = (high - low) / (MOST - 1);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10) * unit;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, index) => round((first + index) * step));
}

function logValues([low, high]: Range): number[] {
  const decades = high - low;
  const jump = Math.max(1, Math.ceil(decades / MOST));
  const factors = decades > 2.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
  const values: number[] = [];
  for (let decade = Math.floor(low); decade <= high; decade += 1) {
    if (decade % jump !== 0) continue;
    for (const factor of factors) {
      const at = decade + Math.log10(factor);
      if (at >= low && at <= high) values.push(round(factor * 10 ** decade));
    }
  }
  return values;
}

/** Without the dust of floating point: 0.30000000000000004 is 0.3. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}

function spell(value: number): string {
  return value === 0 ? "0" : value.toExponential().replace("e+", "e");
}
