/** What a plateau is tried on, as typed, and as the server wants it. Pure. */

import type { TraceSource } from "../api/types.ts";
import { whole } from "./draft.ts";

export type TraceKind = TraceSource["kind"];

export interface TraceDraft {
  kind: TraceKind;
  /** Numbers between blanks or commas. */
  values: string;
  csv: string;
  /** Steps from one value to the next, for values and a CSV without steps. */
  every: string;
  start: string;
  floor: string;
  /** Per cent of the run in which the distance to the floor halves. */
  halves: string;
  /** Per cent of the fall. */
  noise: string;
  run: string;
  metric: string;
}

export const FIRST_TRACE: TraceDraft = {
  kind: "decay",
  values: "3.0 2.1 1.6 1.4 1.4 1.4 1.3 1.3 1.3",
  csv: "",
  every: "500",
  start: "3",
  floor: "1",
  halves: "10",
  noise: "5",
  run: "",
  metric: "",
};

export const KINDS: readonly (readonly [TraceKind, string])[] = [
  ["decay", "Made up"],
  ["values", "Typed"],
  ["csv", "CSV"],
  ["run", "A run"],
];

/** What to ask the server for; null while something is missing or no number. */
export function sourceOf(draft: TraceDraft): TraceSource | null {
  switch (draft.kind) {
    case "decay":
      return decayOf(draft);
    case "values": {
      const values = numbers(draft.values);
      const every = whole(draft.every);
      return values && every ? { kind: "values", values, every } : null;
    }
    case "csv": {
      const every = whole(draft.every) ?? 1;
      return draft.csv.trim() ? { kind: "csv", text: draft.csv, every } : null;
    }
    case "run":
      return draft.run && draft.metric ? { kind: "run", run: draft.run, metric: draft.metric } : null;
  }
}

function decayOf(draft: TraceDraft): TraceSource | null {
  const [start, floor, halves, noise] = [draft.start, draft.floor, draft.halves, draft.noise].map(number);
  if (start == null || floor == null || halves == null || noise == null) return null;
  if (halves <= 0 || noise < 0) return null;
  return { kind: "decay", start, floor, share: halves / 100, noise: noise / 100, every: null };
}

/** The numbers in a text, `nan` for a value that was none; null where something else is among them. */
export function numbers(text: string): (number | null)[] | null {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  if (words.length === 0) return null;
  const found = words.map((word) => (word.toLowerCase() === "nan" ? null : number(word)));
  return found.some((value, at) => value === null && words[at]?.toLowerCase() !== "nan") ? null : found;
}

function number(text: string): number | null {
  const value = Number(text.trim() || Number.NaN);
  return Number.isFinite(value) ? value : null;
}
