/** How charts of runs are drawn. Kept from run to run: who likes a log axis likes it everywhere. */

import { batch, type Signal } from "@preact/signals";
import type { Scale } from "../chart/axis.ts";
import { kept, oneOf } from "../lib/kept.ts";
import { MOST } from "../lib/smooth.ts";
import { type Arrangement, isArrangement, UNARRANGED } from "./panels.ts";
import type { AxisKind } from "./timeline.ts";

const isScale = oneOf<Scale>("linear", "log");
const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");
const isPositive = (value: unknown): value is number => typeof value === "number" && value > 0;

export const lrScale: Signal<Scale> = kept<Scale>("scale.lr", "log", isScale);
export const metricScale: Signal<Scale> = kept<Scale>("scale.metric", "linear", isScale);
export const clip: Signal<boolean> = kept<boolean>("clip", false, oneOf(true, false));
export const axisKind: Signal<AxisKind> = kept<AxisKind>(
  "axis",
  "step",
  oneOf("step", "tokens", "relative", "wall"),
);
/** Panels of other metrics with a logarithmic axis. */
export const logged: Signal<readonly string[]> = kept<readonly string[]>("scale.panels", [], isNames);
/** Tokens in a step, for the axis in tokens of a run that does not count them itself. */
export const stepTokens: Signal<number> = kept<number>("tokens", 1, isPositive);
export const smoothing: Signal<number> = kept<number>(
  "smoothing",
  0,
  (value): value is number => typeof value === "number" && value >= 0 && value <= MOST,
);
export const arrangement: Signal<Arrangement> = kept("panels", UNARRANGED, isArrangement);

/** Whether every axis of values is logarithmic, with the panels `names`. */
export function allLogged(names: readonly string[]): boolean {
  const both = lrScale.value === "log" && metricScale.value === "log";
  return both && names.every((name) => logged.value.includes(name));
}

/** One scale for all charts, with the panels `names`. */
export function scaleAll(scale: Scale, names: readonly string[]): void {
  batch(() => {
    lrScale.value = scale;
    metricScale.value = scale;
    logged.value = scale === "log" ? names : [];
  });
}
