/** What the lines of a figure say at one place: exact, and only what was logged there. Pure. */

import { rank } from "../lib/series.ts";
import { type Range, within } from "./axis.ts";
import type { Figure } from "./layout.ts";

export interface Row {
  name: string;
  value: number | string;
  /** Empty where no line of the chart has it. */
  colour: string;
}

export interface Reading {
  rows: readonly Row[];
  /** What is marked about there: overrides, notes, jumps. */
  notes: readonly string[];
}

/** A trace as far as it is read off. Marks carry what they say as `customdata`. */
interface Trace {
  name?: string;
  /** What the line is called where its name alone would not tell. */
  meta?: string;
  mode?: string;
  x?: readonly number[];
  y?: readonly number[];
  customdata?: readonly string[];
  hoverinfo?: string;
  line?: { color?: string };
}

type Line = Trace & Required<Pick<Trace, "x" | "y">>;

function isLine(trace: Trace): trace is Line {
  return (
    (trace.x?.length ?? 0) > 0 && trace.y !== undefined && !trace.customdata && trace.hoverinfo !== "skip"
  );
}

const linesOf = (figure: Figure): Line[] => (figure.traces as Trace[]).filter(isLine);

/** The place nearest to `x` at which a line has a point; null where none has. */
export function nearest(figure: Figure, x: number): number | null {
  let best: number | null = null;
  for (const { x: xs } of linesOf(figure)) {
    const right = rank(xs, x);
    for (const at of [xs[right - 1], xs[right]]) {
      if (at !== undefined && (best === null || Math.abs(at - x) < Math.abs(best - x))) best = at;
    }
  }
  return best;
}

/** The next place after `x` (`way` 1) or before it (-1) at which a line has a point in `range`. */
export function beside(figure: Figure, x: number, way: 1 | -1, range: Range): number | null {
  let best: number | null = null;
  for (const { x: xs } of linesOf(figure)) {
    const from = rank(xs, x);
    const at = way < 0 ? xs[from - 1] : xs[xs[from] === x ? from + 1 : from];
    if (at !== undefined && within(at, range) && (best === null || way * at < way * best)) best = at;
  }
  return best;
}

/** The values at exactly `x`, and the marks within `reach` of it. */
export function readAt(figure: Figure, x: number, reach: number): Reading {
  const rows = linesOf(figure).flatMap(({ name, meta, x: xs, y, line }): Row[] => {
    const at = rank(xs, x);
    const value = xs[at] === x ? y[at] : undefined;
    return value === undefined ? [] : [{ name: meta ?? name ?? "", value, colour: line?.color ?? "" }];
  });
  const notes = (figure.traces as Trace[]).flatMap(({ x: xs, customdata }) =>
    (customdata ?? []).filter((_, at) => Math.abs((xs?.[at] ?? Number.NaN) - x) <= reach),
  );
  return { rows: once(rows), notes };
}

/** The first of each name: the plan behind and ahead is one line in two pieces. */
function once(rows: readonly Row[]): Row[] {
  return rows.filter((row, at) => rows.findIndex(({ name }) => name === row.name) === at);
}

/** `rows` with the values of `exact` in their place, and what only `exact` knows after them. */
export function joined(rows: readonly Row[], exact: readonly Row[]): Row[] {
  const known = new Map(exact.map((row) => [row.name, row]));
  const kept = rows.map((row) => ({ ...row, value: known.get(row.name)?.value ?? row.value }));
  return [...kept, ...exact.filter(({ name }) => !rows.some((row) => row.name === name))];
}

/** A number with every digit it has. */
export function exactly(value: number | string): string {
  if (typeof value === "string" || value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e6 ? value.toExponential().replace("e+", "e") : String(value);
}

export interface Table {
  names: readonly string[];
  rows: readonly { x: number; cells: readonly (number | string | null)[] }[];
}

/** The points of the lines within `range`, a row for each place, at most `most` rows. */
export function tableOf(figure: Figure, range: Range, most: number): Table & { total: number } {
  const lines = linesOf(figure);
  const names = [...new Set(lines.map(({ name, meta }) => meta ?? name ?? ""))];
  const inView = lines.flatMap(({ x }) => x.filter((at) => within(at, range)));
  const places = [...new Set(inView)].sort((one, other) => one - other);
  const rows = places.slice(0, most).map((x) => {
    const found = new Map(readAt(figure, x, 0).rows.map(({ name, value }) => [name, value]));
    return { x, cells: names.map((name) => found.get(name) ?? null) };
  });
  return { names, rows, total: places.length };
}
