/** From the server's lines and columns (from 1, in characters) to the editor's offsets (UTF-16). Pure. */

import type { Diagnostic } from "../api/types.ts";

export interface Stretch {
  from: number;
  to: number;
}

/** Where `diagnostic` stands in `text`; at least one character long where there is one. Always inside. */
export function stretchOf(text: string, diagnostic: Pick<Diagnostic, "line" | "column" | "length">): Stretch {
  const start = lineStart(text, diagnostic.line);
  const from = forward(text, start, diagnostic.column - 1);
  const to = forward(text, from, Math.max(1, diagnostic.length));
  if (to > from) return { from, to };
  return { from: Math.max(0, from - 1), to };
}

function lineStart(text: string, line: number): number {
  let at = 0;
  for (let number = 1; number < line; number += 1) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  return at;
}

/** The offset `characters` code points after `at`. */
function forward(text: string, at: number, characters: number): number {
  let offset = at;
  for (let taken = 0; taken < characters && offset < text.length; taken += 1) {
    offset += (text.codePointAt(offset) as number) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** The one change that makes `after` of `before`; null where they are equal. */
export function changeOf(before: string, after: string): { from: number; to: number; insert: string } | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let same = 0;
  while (same < most - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}
