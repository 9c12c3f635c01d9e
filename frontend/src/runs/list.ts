/** The list of runs: kept true by live messages, newest first, filtered by what is typed. Pure. */

import type { RunState, RunSummary } from "../api/types.ts";

/** `run` in its place by id, in a list with the newest first. */
export function withRun(runs: readonly RunSummary[], run: RunSummary): RunSummary[] {
  const rest = runs.filter((known) => known.id !== run.id);
  return sorted([...rest, run]);
}

export function sorted(runs: readonly RunSummary[]): RunSummary[] {
  return [...runs].sort((one, other) => other.started_at - one.started_at || one.id.localeCompare(other.id));
}

/** The runs in which every word typed occurs, in the name, the project, the state, the id or the tags. */
export function filtered(runs: readonly RunSummary[], typed: string): RunSummary[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((run) => {
    const text = `${run.name} ${run.project} ${run.state} ${run.id} ${run.tags.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const STATE_WORDS: Record<RunState, string> = {
  live: "live",
  silent: "silent",
  finished: "finished",
  crashed: "crashed",
  stopped: "stopped",
};

/** The share of the run that is done, null when its length is unknown. */
export function progress(run: RunSummary): number | null {
  return run.total ? Math.min(1, run.step / run.total) : null;
}

/** Seconds until the end at the present rate, null when that cannot be said. */
export function timeLeft(run: RunSummary): number | null {
  if (run.state !== "live" || !run.total || !run.rate) return null;
  return Math.max(0, run.total - run.step) / run.rate;
}
