/** The design page's state: the draft, what the server says of it, and the last good curve. */

import { computed, effect, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Diagnostic, Language, Preset, PreviewAnswer, PreviewRequest, Problem } from "../api/types.ts";
import type { Range, Scale } from "../chart/axis.ts";
import { latest } from "../lib/latest.ts";
import { type Draft, FIRST, fromHash, toHash } from "./draft.ts";
import { FIRST_TRACE, sourceOf, type TraceDraft } from "./trace.ts";

const KEY = "rheostat.design";
const TYPING_MS = 40;

export const draft = signal<Draft>(fromHash(location.hash) ?? fromHash(stored()) ?? FIRST);
export const group = signal<string | null>(null);
export const scale = signal<Scale>("linear");
export const zoom = signal<Range | null>(null);
export const width = signal(900);
export const language = signal<Language | null>(null);
export const presets = signal<readonly Preset[]>([]);
/** What a plateau is tried on. */
export const trace = signal<TraceDraft>(FIRST_TRACE);

/** The answer to the newest question. */
export const answer = signal<PreviewAnswer | null>(null);
/** The last answer with a curve: it stays on the screen, greyed, while the text has errors. */
export const good = signal<PreviewAnswer | null>(null);
export const problem = signal<Problem | null>(null);

/** What the plateaus of the text watch; empty where it has none. */
export const metrics = computed<string[]>(() => good.value?.metrics ?? []);
export const diagnostics = computed<Diagnostic[]>(() => answer.value?.diagnostics ?? []);
export const stale = computed(() => problem.value !== null || answer.value?.ok === false);

function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** Change some of the draft; a change of text or length leaves no zoom behind. */
export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.value, ...part };
  if (part.total !== undefined) zoom.value = null;
}

const preview = latest<PreviewRequest, PreviewAnswer>(
  TYPING_MS,
  api.preview,
  (found) => {
    problem.value = null;
    answer.value = found;
    if (found.ok) good.value = found;
  },
  (error) => {
    problem.value = problemFrom(error);
  },
);

const remember = latest<string, void>(
  250,
  async (hash) => {
    history.replaceState(history.state, "", `#${hash}`);
    try {
      localStorage.setItem(KEY, hash);
    } catch {
      // Then the link alone keeps it.
    }
  },
  () => {},
  () => {},
);

function ask(): void {
  const { text, base, total, epoch } = draft.value;
  const [first, last] = zoom.value ?? [null, null];
  preview.ask({
    text,
    base,
    total,
    epoch,
    group: group.value,
    width: width.value,
    from_step: first === null ? null : Math.max(0, Math.floor(first)),
    to_step: last === null ? null : Math.ceil(last),
    trace: text.includes("plateau") ? sourceOf(trace.value) : null,
  });
}

/** Keep the page's state in step with the draft while the page is open. */
export function open(): () => void {
  const linked = fromHash(location.hash);
  if (linked) draft.value = linked;
  void loadLanguage();
  const stops = [effect(ask), effect(() => remember.ask(toHash(draft.value)))];
  return () => {
    for (const stop of stops) stop();
    preview.stop();
    remember.stop();
  };
}

/** Ask again, after a failure. */
export function retry(): void {
  ask();
  void loadLanguage();
}

async function loadLanguage(): Promise<void> {
  if (language.value) return;
  try {
    language.value = await api.language();
    presets.value = (await api.presets()).presets;
  } catch {
    // The preview that runs at the same time says what is wrong with the server.
  }
}
