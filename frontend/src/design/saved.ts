/** Saved schedules: their list, the versions of one, and what a version differs in from the text on the page. */

import { effect, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { DiffAnswer, DiffRequest, Problem, SavedSchedule } from "../api/types.ts";
import { latest } from "../lib/latest.ts";
import * as store from "./store.ts";

const WAIT_MS = 200;

/** The latest version of each. */
export const saved = signal<readonly SavedSchedule[]>([]);
/** The name to save under, and whose versions are shown. */
export const name = signal("");
export const versions = signal<readonly SavedSchedule[]>([]);
/** The version that the text is held against. */
export const against = signal<SavedSchedule | null>(null);
export const difference = signal<DiffAnswer | null>(null);
export const problem = signal<Problem | null>(null);
export const busy = signal(false);

const comparison = latest<DiffRequest, DiffAnswer>(
  WAIT_MS,
  api.diff,
  (found) => {
    difference.value = found;
  },
  () => {
    difference.value = null;
  },
);

function compare(): void {
  const version = against.value;
  const { text, base, total, epoch } = store.rested.value;
  // A text with faults has no curve to hold against another.
  if (store.dragging.value || (version && store.goodText.value !== text)) return;
  if (version)
    comparison.ask({ before: version.text, after: text, base, total, epoch, group: store.group.value });
  else difference.value = null;
}

async function tried(work: () => Promise<void>): Promise<void> {
  busy.value = true;
  problem.value = null;
  try {
    await work();
  } catch (error) {
    problem.value = problemFrom(error);
  }
  busy.value = false;
}

async function list(): Promise<void> {
  saved.value = (await api.savedSchedules()).schedules;
}

/** Choose one by name: its versions, its latest to compare with. */
export function choose(chosen: string): Promise<void> {
  name.value = chosen;
  return tried(async () => {
    versions.value = (await api.savedVersions(chosen)).versions;
    against.value = versions.value[0] ?? null;
  });
}

/** Save the text on the page as the next version, unless somebody else did so meanwhile. */
export function save(): Promise<void> {
  const wanted = name.value.trim();
  const latestKnown = saved.value.find((one) => one.name === wanted)?.version ?? 0;
  return tried(async () => {
    try {
      await api.saveSchedule(wanted, store.draft.value.text, latestKnown);
    } finally {
      await list();
    }
    versions.value = (await api.savedVersions(wanted)).versions;
    against.value = versions.value[0] ?? null;
  });
}

/** Keep the list and the difference while the page is open. */
export function open(): () => void {
  void tried(list);
  const stop = effect(compare);
  return () => {
    stop();
    comparison.stop();
  };
}
