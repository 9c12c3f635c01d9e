/** The list of runs: loaded, kept true by live messages, and what somebody does to it. */

import { computed, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Problem, RunEdit, RunSummary } from "../api/types.ts";
import { listen } from "../live/socket.ts";
import { filtered, withRun } from "./list.ts";
import { fromQuery, ordered, type Shown, toQuery } from "./order.ts";

export const runs = signal<readonly RunSummary[] | null>(null);
export const problem = signal<Problem | null>(null);
/** What went wrong with a change, beside the list that stays. */
export const refused = signal<Problem | null>(null);
export const shown = signal<Shown>(fromQuery(""));
export const checked = signal<readonly string[]>([]);
/** The row that keys act on. */
export const cursor = signal(-1);
/** The run whose name and tags are being edited. */
export const editing = signal<string | null>(null);
/** What was archived last, to be had back. */
export const archivedLast = signal<RunSummary | null>(null);

export const rows = computed<readonly RunSummary[]>(() => {
  const all = (runs.value ?? []).filter((run) => run.archived === shown.value.archived);
  return ordered(filtered(all, shown.value.typed), shown.value.order);
});

export async function load(): Promise<void> {
  try {
    runs.value = (await api.runs(shown.value.archived)).runs;
    problem.value = null;
  } catch (error) {
    problem.value = problemFrom(error);
  }
}

export function followRuns(): () => void {
  shown.value = fromQuery(location.search);
  cursor.value = -1;
  void load();
  return listen((message) => {
    if (message.type === "hello") void load();
    if (message.type === "run" && runs.value) runs.value = withRun(runs.value, message.run);
  });
}

/** Show the list another way, and say so in the address. */
export function show(changes: Partial<Shown>): void {
  const before = shown.value;
  shown.value = { ...before, ...changes };
  cursor.value = -1;
  history.replaceState(null, "", location.pathname + toQuery(shown.value));
  if (before.archived !== shown.value.archived) void load();
}

export function check(id: string): void {
  const known = checked.value;
  checked.value = known.includes(id) ? known.filter((one) => one !== id) : [...known, id];
}

export async function edit(id: string, changes: RunEdit): Promise<boolean> {
  try {
    const run = await api.editRun(id, changes);
    if (runs.value) runs.value = withRun(runs.value, run);
    refused.value = null;
    return true;
  } catch (error) {
    refused.value = problemFrom(error);
    return false;
  }
}

/** Take a run out of the list, or back into it. Nothing of it is lost. */
export async function archive(run: RunSummary, archived: boolean): Promise<void> {
  if (!(await edit(run.id, { archived }))) return;
  archivedLast.value = archived ? run : null;
  checked.value = checked.value.filter((id) => id !== run.id);
}
