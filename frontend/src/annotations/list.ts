/** What people wrote at steps of a run, by step. Pure. */

import type { Annotation } from "../api/types.ts";

/** `note` in its place, or without it where it was taken away. */
export function withAnnotation(
  notes: readonly Annotation[],
  note: Annotation,
  deleted: boolean,
): Annotation[] {
  const rest = notes.filter((known) => known.id !== note.id);
  if (deleted) return rest;
  return [...rest, note].sort((one, other) => one.step - other.step || one.id - other.id);
}

/** At most `most` characters, the rest as an ellipsis: for a label on the chart. */
export function brief(text: string, most: number): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length <= most && line === text ? line : `${line.slice(0, most - 1).trimEnd()}…`;
}

/** Which of the notes at ascending `steps` have room for a label: `room` steps to the next one. */
export function labelled(steps: readonly number[], room: number): boolean[] {
  return steps.map((step, at) => (steps[at + 1] ?? Number.POSITIVE_INFINITY) - step >= room);
}
