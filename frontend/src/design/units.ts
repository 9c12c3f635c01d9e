/** The step axis in other units: epochs and tokens, where text or run say what they are. Pure. */

import type { PreviewAnswer } from "../api/types.ts";
import type { Range } from "../chart/axis.ts";

export type Unit = "steps" | "epochs" | "tokens";

const MOST = 8;
const LABEL_PX = 80;
const LETTERS = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** The units that an answer knows, each with its size: epochs have so many steps, a step so many tokens. */
export function unitsOf(answer: PreviewAnswer | null): Unit[] {
  const found: Unit[] = ["steps"];
  if (answer?.epoch) found.push("epochs");
  if (answer?.step_tokens) found.push("tokens");
  return found;
}

/** How many of `unit` a step is. */
function perStep(answer: PreviewAnswer, unit: Unit): number {
  if (unit === "epochs") return 1 / (answer.epoch ?? 1);
  return unit === "tokens" ? (answer.step_tokens ?? 1) : 1;
}

export interface Ticks {
  tickmode: "array";
  /** In steps, as the axis is. */
  tickvals: number[];
  ticktext: string[];
}

/** Labels at round numbers of a unit, as many as `width` pixels hold; null for steps, which label themselves. */
export function ticksIn(
  answer: PreviewAnswer | null,
  unit: Unit,
  [first, last]: Range,
  width: number,
): Ticks | null {
  if (!answer || unit === "steps" || !unitsOf(answer).includes(unit)) return null;
  const size = perStep(answer, unit);
  const most = Math.min(MOST, Math.max(2, Math.floor(width / LABEL_PX)));
  const rough = ((last - first) * size) / most;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const jump = ([1, 2, 5, 10].find((factor) => factor * ten >= rough) ?? 10) * ten;
  const from = Math.ceil((first * size) / jump - 1e-9);
  const to = Math.floor((last * size) / jump + 1e-9);
  const values = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => (from + index) * jump);
  return {
    tickmode: "array",
    tickvals: values.map((value) => value / size),
    ticktext: values.map((value) => brief(value) + (unit === "epochs" ? " ep" : " tok")),
  };
}

/** A step in a unit, as `epoch 2.4` or `1.2B tokens`; empty for steps. */
export function placeIn(answer: PreviewAnswer, unit: Unit, step: number): string {
  if (unit === "steps" || !unitsOf(answer).includes(unit)) return "";
  const value = step * perStep(answer, unit);
  return unit === "epochs" ? `epoch ${brief(value)}` : `${brief(value)} tokens`;
}

function brief(value: number): string {
  const [size, letter] = LETTERS.find(([least]) => value >= least) ?? [1, ""];
  return `${Number((value / size).toPrecision(3))}${letter}`;
}
