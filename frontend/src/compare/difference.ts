/** Runs held against one of them: their curves, their configs. Pure. */

import type { RunDetail } from "../api/types.ts";
import { rank } from "../lib/series.ts";

export interface Curve {
  x: readonly number[];
  y: readonly number[];
}

/** `curve` minus `base` where both are known; the baseline between its points by proportion. */
export function difference(curve: Curve, base: Curve): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  curve.x.forEach((at, index) => {
    const there = valueAt(base, at);
    if (there === null) return;
    x.push(at);
    y.push((curve.y[index] as number) - there);
  });
  return { x, y };
}

function valueAt({ x, y }: Curve, at: number): number | null {
  const first = x[0];
  const last = x.at(-1);
  if (first === undefined || last === undefined || at < first || at > last) return null;
  const right = rank(x, at);
  if (x[right] === at) return y[right] as number;
  const [a, b] = [x[right - 1] as number, x[right] as number];
  const share = (at - a) / (b - a);
  return (y[right - 1] as number) + share * ((y[right] as number) - (y[right - 1] as number));
}

export interface Fact {
  name: string;
  /** One a run, in their order; empty where the run does not say. */
  values: string[];
}

/** What the runs' configs, optimizers and plans do not have in common, sorted by name. */
export function differing(runs: readonly RunDetail[]): Fact[] {
  const facts = runs.map((run) => ({
    optimizer: run.optimizer,
    scheduler: run.scheduler ?? "",
    plan: run.plan.text,
    total: run.total === null ? "" : String(run.total),
    ...prefixed("config ", run.config),
    ...prefixed("environment ", run.environment),
  })) as Record<string, string>[];
  const names = [...new Set(facts.flatMap((fact) => Object.keys(fact)))];
  return names
    .map((name) => ({ name, values: facts.map((fact) => fact[name] ?? "") }))
    .filter(({ values }) => new Set(values).size > 1)
    .sort((one, other) => one.name.localeCompare(other.name));
}

function prefixed(prefix: string, pairs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(pairs).map(([key, value]) => [prefix + key, value]));
}

/** The metrics that any of the runs has, those of all runs first. */
export function commonMetrics(runs: readonly RunDetail[]): string[] {
  const names = [...new Set(runs.flatMap((run) => run.metrics))];
  const held = (name: string): number => runs.filter((run) => run.metrics.includes(name)).length;
  return names.toSorted((one, other) => held(other) - held(one));
}
