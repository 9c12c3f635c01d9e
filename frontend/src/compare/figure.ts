/** Several runs on one axis: lr, metric, and the difference to a pinned baseline, one over the other. Pure. */

import type { Compared, ComparedSeries } from "../api/types.ts";
import { type Range, rangeFor, type Scale } from "../chart/axis.ts";
import { caption, type Figure, frame, lrAxis, stepAxis, valueAxis } from "../chart/layout.ts";
import type { Palette } from "../chart/palette.ts";
import { extent } from "../lib/series.ts";
import { durationTicks } from "../run/timeline.ts";
import { difference } from "./difference.ts";
import type { Alignment } from "./query.ts";

export interface CompareScene {
  palette: Palette;
  runs: readonly Compared[];
  /** The lr series of each run, by its id. */
  lrs: Readonly<Record<string, string>>;
  metric: string;
  axis: Alignment;
  base: string | null;
  /** The stretch zoomed to, null for all. */
  range: Range | null;
  hidden: ReadonlySet<string>;
  forward: string | null;
  lrScale: Scale;
  metricScale: Scale;
  /** Whether the metric was asked for smoothed. */
  smoothed: boolean;
}

export interface Stroke {
  colour: string;
  dash: string;
}

const DASHES = ["solid", "7px,4px", "2px,3px", "9px,3px,2px,3px"];
const NOTHING: ComparedSeries = { x: [], y: [], marks: [], total: 0 };
const BEHIND = 0.15;
/** Counts from here on are written with k, M and G. */
const MANY = 10_000;

/** The stroke of the run at `index`: a colour, and a pattern of its own once colours repeat. */
export function strokeOf(palette: Palette, index: number): Stroke {
  const { groups } = palette;
  const dash = DASHES[Math.floor(index / groups.length) % DASHES.length] as string;
  return { colour: groups[index % groups.length] as string, dash };
}

interface Line {
  x: readonly number[];
  y: readonly number[];
}

export function drawCompare(scene: CompareScene): Figure {
  const { palette } = scene;
  const shown = scene.runs.filter((run) => !scene.hidden.has(run.run));
  const lrs = shown.map((run) => ({ run, line: seriesOf(run, scene.lrs[run.run]) }));
  const metrics = shown.map((run) => ({ run, line: seriesOf(run, scene.metric) }));
  const base = scene.runs.find((run) => run.run === scene.base);
  const baseLine = base ? seriesOf(base, scene.metric) : null;
  const gaps = baseLine
    ? metrics
        .filter(({ run }) => run !== base)
        .map(({ run, line }) => ({ run, line: difference(line, baseLine) }))
    : [];
  const every = [...lrs, ...metrics].flatMap(({ line }) => line.x);
  const range = scene.range ?? whole(every, scene.axis);
  const trace =
    (axis: string) =>
    ({ run, line }: { run: Compared; line: Line }) =>
      traceOf(scene, run, line, axis);
  const domains = baseLine ? DOMAINS.three : DOMAINS.two;
  const lrRange = rangeFor(inView(lrs, range), scene.lrScale, true) ?? [0, 1];
  const metricRange = rangeFor(inView(metrics, range), scene.metricScale, false) ?? [0, 1];
  const gapRange = rangeFor([...inView(gaps, range), 0], "linear", false) ?? [-1, 1];
  const captions = [
    caption("learning rate", domains.lr, palette),
    caption(scene.metric, domains.metric, palette),
    ...(base ? [caption(`${scene.metric} minus that of ${base.name}`, DOMAINS.three.gap, palette)] : []),
  ];
  return {
    traces: [...lrs.map(trace("y")), ...metrics.map(trace("y2")), ...gaps.map(trace("y3"))],
    layout: {
      ...frame(palette),
      xaxis: { ...xAxis(palette, range, scene.axis), anchor: baseLine ? "y3" : "y2" },
      yaxis: { ...lrAxis(palette, scene.lrScale, lrRange), domain: domains.lr },
      yaxis2: { ...valueAxis(palette, scene.metricScale, metricRange), domain: domains.metric, anchor: "x" },
      ...(baseLine
        ? {
            yaxis3: {
              ...valueAxis(palette, "linear", gapRange),
              domain: DOMAINS.three.gap,
              anchor: "x",
              zeroline: true,
              zerolinecolor: palette.axis,
              nticks: 4,
            },
          }
        : {}),
      annotations: captions,
    },
  };
}

const DOMAINS = {
  two: { lr: [0.56, 1] as Range, metric: [0, 0.48] as Range },
  three: { lr: [0.71, 1] as Range, metric: [0.33, 0.64] as Range, gap: [0, 0.26] as Range },
};

/** The range of all points; by step to the end of the last step, so that a total is a tick. */
function whole(every: readonly number[], axis: Alignment): Range {
  const [first, last] = extent(every) ?? [0, 1];
  return axis === "step" ? [first, last + 1] : [first, last];
}

function seriesOf(run: Compared, name: string | undefined): ComparedSeries {
  return (name !== undefined && run.series[name]) || NOTHING;
}

function traceOf(scene: CompareScene, run: Compared, line: Line, yaxis: string): object {
  const { colour, dash } = strokeOf(scene.palette, scene.runs.indexOf(run));
  const behind = scene.forward !== null && scene.forward !== run.run;
  const front = scene.forward === run.run;
  return {
    type: "scatter",
    mode: line.x.length > 1 ? "lines" : "lines+markers",
    x: line.x,
    y: line.y,
    name: run.name,
    meta: `${readAs(scene, yaxis)} of ${run.name}`,
    line: { color: colour, width: front ? 2.5 : 1.5, dash },
    opacity: behind ? BEHIND : 1,
    xaxis: "x",
    yaxis,
  };
}

/** What a line's value is called where it is read off. */
function readAs({ metric, smoothed }: CompareScene, yaxis: string): string {
  if (yaxis === "y") return "lr";
  const name = smoothed ? `smoothed ${metric}` : metric;
  return yaxis === "y2" ? name : `difference in ${name}`;
}

function inView(lines: readonly { line: Line }[], [first, last]: Range): number[] {
  return lines.flatMap(({ line }) =>
    line.y.filter((_, at) => (line.x[at] as number) >= first && (line.x[at] as number) <= last),
  );
}

function xAxis(palette: Palette, range: Range, axis: Alignment): Record<string, unknown> {
  const found = stepAxis(palette, range);
  if (axis === "step") return found;
  if (axis === "time") return { ...found, tickmode: "array", ...durationTicks(range) };
  return { ...found, tickformat: range[1] >= MANY ? "~s" : "" };
}
