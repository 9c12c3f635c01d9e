/** How charts of runs are drawn. Kept from run to run: who likes a log axis likes it everywhere. */

import type { Signal } from "@preact/signals";
import type { Scale } from "../chart/axis.ts";
import { kept, oneOf } from "../lib/kept.ts";
import { MOST } from "../lib/smooth.ts";
import { type Arrangement, isArrangement, UNARRANGED } from "./panels.ts";
import type { AxisKind } from "./timeline.ts";

const isScale = oneOf<Scale>("linear", "log");

export const lrScale: Signal<Scale> = kept<Scale>("scale.lr", "log", isScale);
export const metricScale: Signal<Scale> = kept<Scale>("scale.metric", "linear", isScale);
export const clip: Signal<boolean> = kept<boolean>("clip", false, oneOf(true, false));
export const axisKind: Signal<AxisKind> = kept<AxisKind>("axis", "step", oneOf("step", "relative", "wall"));
export const smoothing: Signal<number> = kept<number>(
  "smoothing",
  0,
  (value): value is number => typeof value === "number" && value >= 0 && value <= MOST,
);
export const arrangement: Signal<Arrangement> = kept("panels", UNARRANGED, isArrangement);
