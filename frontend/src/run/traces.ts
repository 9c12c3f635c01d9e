/** The lines of the run's chart: lr, plan, futures and the metric. Pure. */

import type { Forecast, Series } from "../api/types.ts";
import type { Range } from "../chart/axis.ts";
import type { Grows } from "../chart/tail.ts";
import { rank } from "../lib/series.ts";
import type { Scene } from "./figure.ts";
import type { SmoothLine } from "./smooth.ts";
import { lrOf, planOf } from "./state.ts";

export const NOWHERE: Series = { x: [], y: [], marks: [], total: 0 };
/** Lines that stand behind the one whose name is under the mouse. */
const BEHIND = 0.18;

export interface Line {
  x: readonly number[];
  y: readonly number[];
  [key: string]: unknown;
}

export function line(
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

export function groupTraces(scene: Scene, group: string): Line[] {
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
        { opacity: 0.75, grows: "end" },
      ),
    );
  }
  if (future) {
    lines.push(
      line(
        // From where the recorded line ends, so that no gap is left at the present.
        ...ahead(future.x, future.y, Math.min(scene.step, past.x.at(-1) ?? scene.step)),
        `plan${name}`,
        { color: colour, width: 1.25, ...(scene.overridden ? { dash: "5px,4px" } : {}) },
        { opacity: scene.overridden ? 0.5 : 0.7, grows: "moves" },
      ),
    );
  }
  lines.push(
    line(past.x, past.y, `lr${name}`, { color: colour, width: 2 }, { grows: "end" }),
    lastPoint(past, colour, "y"),
  );
  const behind = scene.forward !== null && scene.forward !== group;
  return behind ? lines.map((one) => ({ ...one, opacity: BEHIND })) : lines;
}

function colourOf(scene: Scene, group: string): string {
  const { groups } = scene.palette;
  return groups[scene.groups.indexOf(group) % groups.length] as string;
}

function lastPoint(series: Series, colour: string, axis: "y" | "y2"): Line {
  const marker = { color: colour, size: 7 };
  const x = series.x.slice(-1);
  const y = series.y.slice(-1);
  const shown = { marker, xaxis: "x", yaxis: axis, hoverinfo: "skip", grows: "moves" };
  return { type: "scatter", mode: "markers", x, y, ...shown };
}

export function forecastTraces(scene: Scene, groups: readonly string[]): Line[] {
  const { forecast, present, palette } = scene;
  const shown = (all: readonly Forecast[] = []): Forecast[] =>
    all.filter(({ group }) => groups.includes(group));
  const standing = shown(present?.groups).map((group) =>
    line(
      ...ahead(group.x, group.present, scene.step),
      `if it stays${suffix(scene, group.group)}`,
      { color: colourOf(scene, group.group), width: 1.25 },
      { grows: "moves" },
    ),
  );
  const proposed = shown(forecast?.groups).map((group) =>
    line(
      ...ahead(group.x, group.proposed, scene.step),
      `proposed${suffix(scene, group.group)}`,
      { color: palette.override, width: 2.25, dash: "7px,5px" },
      { grows: "moves" },
    ),
  );
  return [...standing, ...proposed];
}

/** A schedule held against the run, over its past and its future. */
export function rivalTraces({ rival, palette }: Scene): Line[] {
  if (!rival) return [];
  return [line(rival.x, rival.y, rival.name, { color: palette.rival, width: 1.75, dash: "9px,3px,2px,3px" })];
}

/** The part of a curve from `step` on. Points are thinned: where none is at `step`, one between its neighbours begins. */
function ahead(x: readonly number[], y: readonly number[], step: number): [number[], number[]] {
  const next = rank(x, step);
  const [after, before] = [x[next], x[next - 1]];
  const rest: [number[], number[]] = [x.slice(next), y.slice(next)];
  if (after === undefined || before === undefined || after === step) return rest;
  const [high, low] = [y[next] as number, y[next - 1] as number];
  const between = low + ((high - low) * (step - before)) / (after - before);
  return [
    [step, ...rest[0]],
    [between, ...rest[1]],
  ];
}

export interface MetricLines {
  lines: Line[];
  /** The values that the axis is laid out for. */
  values: Line;
}

/** The metric as logged and, where there is one, its smooth line over the faint raw one. */
export function metricLines(
  series: Series,
  smooth: SmoothLine | null,
  name: string,
  colour: string,
  axis: "y" | "y2",
): MetricLines {
  const few = series.x.length <= 1 ? { mode: "lines+markers" } : {};
  const rest = { yaxis: axis, ...few, grows: "end" satisfies Grows };
  if (smooth === null) {
    const raw = line(series.x, series.y, name, { color: colour, width: 1.25 }, rest);
    return { lines: [raw, lastPoint(series, colour, axis)], values: raw };
  }
  const faint = line(series.x, series.y, name, { color: colour, width: 1 }, { ...rest, opacity: 0.3 });
  const style = { color: colour, width: 2 };
  const front = line(smooth.x, smooth.y, `${name} smoothed`, style, { ...rest, hoverinfo: "skip" });
  return { lines: [faint, front], values: faint };
}

/** The values of lines over the steps in view. */
export function inView(lines: readonly Line[], [first, last]: Range): number[] {
  return lines.flatMap(({ x, y }) => {
    const from = Math.max(0, rank(x, first) - 1);
    return y.slice(from, rank(x, last) + 1);
  });
}
