/** What is compared, as it stands in the address. Pure. */

import { counting } from "../lib/counting.ts";

/** `step`, `time`, or a metric that counts, such as tokens. */
export type Alignment = string;

export interface Comparison {
  runs: readonly string[];
  /** Null: the metric that is shown first. */
  metric: string | null;
  axis: Alignment;
  /** The run that the others are held against, if one is pinned. */
  base: string | null;
}

export function fromQuery(query: string): Comparison {
  const search = new URLSearchParams(query);
  const runs = [...new Set(search.getAll("run"))];
  const base = search.get("base");
  return {
    runs,
    metric: search.get("metric"),
    axis: search.get("axis") || "step",
    base: base !== null && runs.includes(base) ? base : null,
  };
}

export function toQuery({ runs, metric, axis, base }: Comparison): string {
  const search = new URLSearchParams(runs.map((run) => ["run", run]));
  if (metric !== null) search.set("metric", metric);
  if (axis !== "step") search.set("axis", axis);
  if (base !== null) search.set("base", base);
  return `?${search}`;
}

/** What runs that have the `metrics` can be laid out by, `present` among it. */
export function alignments(metrics: readonly string[], present: Alignment): Alignment[] {
  return [...new Set(["step", "time", ...counting(metrics), present])];
}

/** Without one run; a baseline that goes is none. */
export function without(comparison: Comparison, run: string): Comparison {
  const base = comparison.base === run ? null : comparison.base;
  return { ...comparison, runs: comparison.runs.filter((one) => one !== run), base };
}
