/** The stretches of steps under an override, read from the commands' own records. Pure. */

import type { CommandRecord } from "../api/types.ts";
import { appliedStep } from "../dial/words.ts";

export interface Span {
  id: string;
  first: number;
  /** The first step it no longer acted on; null while it holds and nothing says when it ends. */
  last: number | null;
  active: boolean;
  text: string;
  who: string;
  why: string;
}

/** Every override that was ever applied, oldest first. */
export function spans(commands: readonly CommandRecord[]): Span[] {
  return commands.flatMap((command) => {
    const first = appliedStep(command);
    if (first === null || command.kind === "release") return [];
    return [
      {
        id: command.id,
        first,
        last: lastStep(command, first),
        active: command.active,
        text: command.text,
        who: command.issued_by,
        why: command.request.reason ?? "",
      },
    ];
  });
}

function lastStep(command: CommandRecord, first: number): number | null {
  const ended = command.events.findLast((event) => event.state === "ended" || event.state === "superseded");
  if (ended?.step !== null && ended?.step !== undefined) return ended.step;
  if (command.request.for_steps) return first + command.request.for_steps;
  return command.request.until_step ?? null;
}

/** Neighbouring or nested stretches joined, so that a tint is never laid twice. */
export function tinted(found: readonly Span[], now: number): [number, number][] {
  const edges = found
    .map((span): [number, number] => [span.first, span.last ?? Math.max(now, span.first)])
    .filter(([first, last]) => last > first)
    .sort((one, other) => one[0] - other[0]);
  const joined: [number, number][] = [];
  for (const [first, last] of edges) {
    const previous = joined.at(-1);
    if (previous && first <= previous[1]) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}
