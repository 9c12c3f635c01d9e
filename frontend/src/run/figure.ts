/** The run's chart as data: lr over a metric on one step axis, with plan, overrides and the present. Pure. */

import type { Annotation, ForecastAnswer, PlanAnswer, Series } from "../api/types.ts";
import { type Range, rangeFor, type Scale, steady } from "../chart/axis.ts";
import { besideAxis, caption, type Figure, frame, lrAxis, valueAxis } from "../chart/layout.ts";
import { bulk, outside } from "../chart/outliers.ts";
import type { Palette } from "../chart/palette.ts";
import {
  annotationLines,
  annotationTraces,
  markTraces,
  nowLine,
  overrideTraces,
  pickedLine,
  tints,
} from "./marks.ts";
import { type Axis, laidOut, xAxis } from "./layout.ts";
import type { RivalCurve } from "./rival.ts";
import { type Smooth, smoothLine } from "./smooth.ts";
import type { Span } from "./spans.ts";
import {
  forecastTraces,
  groupTraces,
  inView,
  type Line,
  metricLines,
  NOWHERE,
  rivalTraces,
} from "./traces.ts";

export interface Scene {
  palette: Palette;
  range: Range;
  step: number;
  series: Record<string, Series>;
  /** The plan ahead, by group. */
  plans: Record<string, PlanAnswer>;
  /** Names of the groups in their order; colours follow it. */
  groups: readonly string[];
  hidden: ReadonlySet<string>;
  /** The group whose name is under the mouse: the others step back. */
  forward: string | null;
  metric: string | null;
  spans: readonly Span[];
  annotations: readonly Annotation[];
  /** The step whose values are spelled out. */
  picked: number | null;
  overridden: boolean;
  /** What is armed. */
  forecast: ForecastAnswer | null;
  /** The effective lr ahead as things stand, while an override holds. */
  present: ForecastAnswer | null;
  /** A schedule held against the run. */
  rival: RivalCurve | null;
  lrScale: Scale;
  metricScale: Scale;
  /** 0 to 0.99. */
  smoothing: number;
  /** What the server smoothed, as far as it is here. */
  smooth: Smooth | null;
  /** Whether the metric's axis leaves outliers out. */
  clip: boolean;
  axis: Axis;
  /** The value ranges drawn last, so that they rest. */
  before: { lr: Range | null; metric: Range | null };
}

export interface Drawn {
  figure: Figure;
  lr: Range;
  metric: Range;
  /** Points of the metric on the screen. */
  shown: number;
  /** Points that the clipped axis leaves out. */
  clipped: number;
}

const LR_DOMAIN: Range = [0.5, 1];
const METRIC_DOMAIN: Range = [0, 0.43];

export function draw(scene: Scene): Drawn {
  const groups = scene.groups.filter((group) => !scene.hidden.has(group));
  const lrs = groups.flatMap((group) => groupTraces(scene, group));
  const futures = forecastTraces(scene, groups);
  const rival = rivalTraces(scene);
  const metric = linesOf(scene);
  const seen = metric ? inView([metric.values], scene.range) : [];
  const lr = valueRange(
    lrValues(scene.range, [...lrs, ...futures], rival),
    scene.lrScale,
    true,
    scene.before.lr,
  );
  const inner = scene.clip ? bulk(seen) : null;
  const kept = inner ? seen.filter((value) => value >= inner[0] && value <= inner[1]) : seen;
  const value = valueRange(kept, scene.metricScale, false, inner ? null : scene.before.metric);
  const marks = [...markTraces(scene), ...overrideTraces(scene), ...annotationTraces(scene)];
  const figure = {
    traces: [...lrs, ...rival, ...futures, ...(metric?.lines ?? []), ...marks],
    layout: layoutOf(scene, lr, value, marks),
  };
  return {
    figure: laidOut(figure, scene.axis),
    lr,
    metric: value,
    shown: seen.length,
    clipped: inner ? outside(seen, inner) : 0,
  };
}

/** What the lr axis has to show: the run, and of what is held against it all but what lies far below. */
function lrValues(range: Range, own: readonly Line[], rival: readonly Line[]): number[] {
  const values = inView(own, range);
  const least = values.reduce(
    (low, value) => (value > 0 ? Math.min(low, value) : low),
    Number.POSITIVE_INFINITY,
  );
  return [...values, ...inView(rival, range).filter((value) => value >= least)];
}

function linesOf(scene: Scene): ReturnType<typeof metricLines> | null {
  if (scene.metric === null) return null;
  const series = scene.series[scene.metric] ?? NOWHERE;
  const smooth = smoothLine(series, scene.metric, scene.smoothing, scene.smooth);
  return metricLines(series, smooth, scene.metric, scene.palette.metric, "y2");
}

function valueRange(values: number[], scale: Scale, fromZero: boolean, before: Range | null): Range {
  const wanted = rangeFor(values, scale, fromZero);
  if (wanted === null) return before ?? (scale === "log" ? [-4, 0] : [0, 1]);
  return steady(before, wanted);
}

function layoutOf(scene: Scene, lr: Range, metric: Range, marks: readonly Line[]): Record<string, unknown> {
  const { palette } = scene;
  const marked = (axis: string): boolean => marks.some((mark) => mark["yaxis"] === axis);
  return {
    ...frame(palette),
    xaxis: { ...xAxis(palette, scene.range, scene.axis), anchor: "y2" },
    yaxis: { ...lrAxis(palette, scene.lrScale, lr), domain: LR_DOMAIN },
    yaxis2: { ...valueAxis(palette, scene.metricScale, metric), domain: METRIC_DOMAIN, anchor: "x" },
    // Only where something stands on them: each axis costs at every drawing.
    ...(marked("y3") ? { yaxis3: { ...besideAxis("y2"), domain: METRIC_DOMAIN, anchor: "x" } } : {}),
    ...(marked("y4") ? { yaxis4: { ...besideAxis("y"), domain: LR_DOMAIN, anchor: "x" } } : {}),
    shapes: [...tints(scene), ...annotationLines(scene), ...nowLine(scene), ...pickedLine(scene)],
    annotations: [
      caption("learning rate", LR_DOMAIN, palette),
      caption(scene.metric ?? "", METRIC_DOMAIN, palette),
    ],
  };
}
