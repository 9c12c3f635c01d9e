/** The run's chart as data: lr over a metric on one step axis, with plan, overrides and the present. Pure. */

import type { Forecast, ForecastAnswer, PlanAnswer, Series } from "../api/types.ts";
import { type Range, rangeFor, type Scale, steady } from "../chart/axis.ts";
import { type Figure, frame, lrAxis, stepAxis, valueAxis } from "../chart/layout.ts";
import type { Palette } from "../chart/palette.ts";
import { rank } from "../lib/series.ts";
import { type Span, tinted } from "./spans.ts";
import { lrOf, planOf } from "./state.ts";

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
  metric: string | null;
  spans: readonly Span[];
  overridden: boolean;
  /** What is armed. */
  forecast: ForecastAnswer | null;
  /** The effective lr ahead as things stand, while an override holds. */
  present: ForecastAnswer | null;
  lrScale: Scale;
  metricScale: Scale;
  /** The value ranges drawn last, so that they rest. */
  before: { lr: Range | null; metric: Range | null };
}

export interface Drawn {
  figure: Figure;
  lr: Range;
  metric: Range;
  /** Points of the metric on the screen. */
  shown: number;
}

const LR_DOMAIN: Range = [0.5, 1];
const METRIC_DOMAIN: Range = [0, 0.43];
const NOWHERE: Series = { x: [], y: [], marks: [], total: 0 };

export function draw(scene: Scene): Drawn {
  const groups = scene.groups.filter((group) => !scene.hidden.has(group));
  const lrs = groups.flatMap((group) => groupTraces(scene, group));
  const futures = forecastTraces(scene, groups);
  const metric = metricTraces(scene);
  const lr = valueRange(inView([...lrs, ...futures], scene.range), scene.lrScale, true, scene.before.lr);
  const value = valueRange(inView(metric, scene.range), scene.metricScale, false, scene.before.metric);
  return {
    figure: {
      traces: [...lrs, ...futures, ...metric, ...markTraces(scene), ...overrideTraces(scene)],
      layout: layoutOf(scene, lr, value),
    },
    lr,
    metric: value,
    shown: metric[0] ? inView([metric[0]], scene.range).length : 0,
  };
}

interface Line {
  x: readonly number[];
  y: readonly number[];
  [key: string]: unknown;
}

function line(
  x: readonly number[],
  y: readonly number[],
  name: string,
  style: object,
  rest: object = {},
): Line {
  return { type: "scatter", mode: "lines", x, y, name, line: style, xaxis: "x", yaxis: "y", ...rest };
}

/** Groups are named only where there are several. */
function suffix(scene: Scene, group: string): string {
  return scene.groups.length > 1 ? ` ${group}` : "";
}

function groupTraces(scene: Scene, group: string): Line[] {
  const colour = colourOf(scene, group);
  const past = scene.series[lrOf(group)] ?? NOWHERE;
  const planned = scene.series[planOf(group)] ?? NOWHERE;
  const future = scene.plans[group];
  const differs = scene.spans.length > 0;
  const name = suffix(scene, group);
  const lines: Line[] = [];
  if (differs) {
    lines.push(
      line(
        planned.x,
        planned.y,
        `plan${name}`,
        { color: colour, width: 1.25, dash: "5px,4px" },
        { opacity: 0.75, hovertemplate: "%{y:.3e}" },
      ),
    );
  }
  if (future) {
    lines.push(
      line(
        ...ahead(future.x, future.y, scene.step),
        `plan${name}`,
        { color: colour, width: 1.25, ...(scene.overridden ? { dash: "5px,4px" } : {}) },
        { opacity: scene.overridden ? 0.5 : 0.7, hovertemplate: "%{y:.3e}" },
      ),
    );
  }
  lines.push(
    line(past.x, past.y, `lr${name}`, { color: colour, width: 2 }, { hovertemplate: "%{y:.3e}" }),
    lastPoint(past, colour, "y"),
  );
  return lines;
}

function colourOf(scene: Scene, group: string): string {
  const { groups } = scene.palette;
  return groups[scene.groups.indexOf(group) % groups.length] as string;
}

function lastPoint(series: Series, colour: string, axis: "y" | "y2"): Line {
  const marker = { color: colour, size: 7 };
  const x = series.x.slice(-1);
  const y = series.y.slice(-1);
  return { type: "scatter", mode: "markers", x, y, marker, xaxis: "x", yaxis: axis, hoverinfo: "skip" };
}

function forecastTraces(scene: Scene, groups: readonly string[]): Line[] {
  const { forecast, present, palette } = scene;
  const shown = (all: readonly Forecast[] = []): Forecast[] =>
    all.filter(({ group }) => groups.includes(group));
  const standing = shown(present?.groups).map((group) =>
    line(
      ...ahead(group.x, group.present, scene.step),
      `if it stays${suffix(scene, group.group)}`,
      { color: colourOf(scene, group.group), width: 1.25 },
      { hovertemplate: "%{y:.3e}" },
    ),
  );
  const proposed = shown(forecast?.groups).map((group) =>
    line(
      ...ahead(group.x, group.proposed, scene.step),
      `proposed${suffix(scene, group.group)}`,
      { color: palette.override, width: 2.25, dash: "7px,5px" },
      { hovertemplate: "%{y:.3e}" },
    ),
  );
  return [...standing, ...proposed];
}

/** The part of a curve from `step` on. */
function ahead(x: readonly number[], y: readonly number[], step: number): [number[], number[]] {
  const from = rank(x, step);
  return [x.slice(from), y.slice(from)];
}

function metricTraces(scene: Scene): Line[] {
  if (scene.metric === null) return [];
  const series = scene.series[scene.metric] ?? NOWHERE;
  const few = series.x.length <= 1;
  return [
    line(
      series.x,
      series.y,
      scene.metric,
      { color: scene.palette.metric, width: 1.25 },
      { yaxis: "y2", hovertemplate: "%{y:.4g}", ...(few ? { mode: "lines+markers" } : {}) },
    ),
    lastPoint(series, scene.palette.metric, "y2"),
  ];
}

/** NaN and inf have no place on the axis, so they stand at its upper edge. */
function markTraces(scene: Scene): Line[] {
  const marks = scene.metric === null ? [] : (scene.series[scene.metric]?.marks ?? []);
  if (marks.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      x: marks.map((mark) => mark.step),
      y: marks.map(() => 0.95),
      text: marks.map((mark) => mark.value),
      name: `${scene.metric} not finite`,
      hovertemplate: "%{text}",
      marker: { symbol: "x-thin", size: 9, line: { width: 2, color: scene.palette.bad } },
      xaxis: "x",
      yaxis: "y3",
    },
  ];
}

function overrideTraces(scene: Scene): Line[] {
  if (scene.spans.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      x: scene.spans.map((span) => span.first),
      y: scene.spans.map(() => 1),
      text: scene.spans.map(spanText),
      name: "override",
      hovertemplate: "%{text}",
      cliponaxis: false,
      marker: { symbol: "triangle-down", size: 10, color: scene.palette.override },
      xaxis: "x",
      yaxis: "y4",
    },
  ];
}

function spanText(span: Span): string {
  const who = span.who ? ` by ${escaped(span.who)}` : "";
  const why = span.why ? ` (${escaped(span.why)})` : "";
  return `${escaped(span.text)}${who}${why}`;
}

/** The library reads a little HTML in its labels; what people wrote must stay text. */
function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function inView(lines: readonly Line[], [first, last]: Range): number[] {
  return lines.flatMap(({ x, y }) => {
    const from = Math.max(0, rank(x, first) - 1);
    return y.slice(from, rank(x, last) + 1);
  });
}

function valueRange(values: number[], scale: Scale, fromZero: boolean, before: Range | null): Range {
  const wanted = rangeFor(values, scale, fromZero);
  if (wanted === null) return before ?? (scale === "log" ? [-4, 0] : [0, 1]);
  return steady(before, wanted);
}

function layoutOf(scene: Scene, lr: Range, metric: Range): Record<string, unknown> {
  const { palette } = scene;
  return {
    ...frame(palette),
    xaxis: { ...stepAxis(palette, scene.range), anchor: "y2" },
    yaxis: { ...lrAxis(palette, scene.lrScale, lr), domain: LR_DOMAIN },
    yaxis2: { ...valueAxis(palette, scene.metricScale, metric), domain: METRIC_DOMAIN, anchor: "x" },
    yaxis3: overlayAxis("y2", METRIC_DOMAIN),
    yaxis4: overlayAxis("y", LR_DOMAIN),
    shapes: [...tints(scene), ...nowLine(scene)],
    annotations: [
      caption("learning rate", LR_DOMAIN, palette),
      caption(scene.metric ?? "", METRIC_DOMAIN, palette),
    ],
  };
}

function overlayAxis(overlaying: string, domain: Range): object {
  return { overlaying, domain, range: [0, 1], visible: false, fixedrange: true, type: "linear", anchor: "x" };
}

function caption(text: string, domain: Range, palette: Palette): object {
  return {
    text: escaped(text),
    xref: "paper",
    yref: "paper",
    x: 0,
    y: domain[1],
    xanchor: "left",
    yanchor: "bottom",
    yshift: 4,
    showarrow: false,
    font: { size: 12, color: palette.muted },
  };
}

function tints(scene: Scene): object[] {
  return tinted(scene.spans, scene.step).map(([first, last]) => ({
    type: "rect",
    layer: "below",
    xref: "x",
    yref: "paper",
    x0: first,
    x1: last,
    y0: 0,
    y1: 1,
    fillcolor: scene.palette.overrideTint,
    line: { width: 0 },
  }));
}

function nowLine(scene: Scene): object[] {
  if (scene.step === 0) return [];
  const line = { color: scene.palette.muted, width: 1, dash: "1px,3px" };
  return [{ type: "line", xref: "x", yref: "paper", x0: scene.step, x1: scene.step, y0: 0, y1: 1, line }];
}
