/** What was logged at one step, exactly. Pure. */

import type { SeriesAnswer } from "../api/types.ts";

export interface Value {
  name: string;
  /** As it was logged: a number, or `nan`, `inf`, `-inf`. */
  value: string;
}

/** The values at `step` in an answer; a series without one there is left out. */
export function valuesAt(answer: SeriesAnswer, step: number): Value[] {
  return Object.entries(answer.series).flatMap(([name, series]) => {
    const value = series.y[series.x.indexOf(step)];
    if (value !== undefined) return [{ name, value: String(value) }];
    const mark = series.marks.find((one) => one.step === step);
    return mark ? [{ name, value: mark.value }] : [];
  });
}

/** The values as lines of text, to be copied. */
export function asText(step: number, values: readonly Value[]): string {
  return [`step\t${step}`, ...values.map(({ name, value }) => `${name}\t${value}`)].join("\n");
}
