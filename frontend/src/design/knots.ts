/** Knots of a curve that is drawn by keys: one more where somebody double clicks, one less by a key. Pure. */

import type { Handle, Moved, Part } from "../api/types.ts";
import { spelled, wordsOf } from "./handles.ts";
import { type Stretch, stretchOf } from "./spans.ts";

const DIGITS = 3;

/** The entries between the braces of a part that is `keys { … }`; null for any other part. */
function bracesOf(text: string, part: Part): Stretch | null {
  const { from, to } = stretchOf(text, part);
  const words = text.slice(from, to);
  if (!/^keys\s*\{/.test(words)) return null;
  const [open, close] = [words.indexOf("{"), words.indexOf("}")];
  return close < 0 ? null : { from: from + open + 1, to: from + close };
}

/** The part with `step` in it, where it is drawn by keys. */
export function keysAt(text: string, parts: readonly Part[], step: number): Part | null {
  const part = parts.find(({ start, end }) => start <= step && step < end);
  return part && bracesOf(text, part) ? part : null;
}

function holds({ from, to }: Stretch, text: string, moved: Moved | null): boolean {
  if (!moved) return false;
  const at = stretchOf(text, moved);
  return from <= at.from && at.to <= to;
}

/** The text with a knot more at a step and an lr; null where the part's own knots do not tell how to write it. */
export function withKnot(
  text: string,
  part: Part,
  handles: readonly Handle[],
  step: number,
  lr: number,
): string | null {
  const braces = bracesOf(text, part);
  if (!braces) return null;
  const knots = handles
    .filter(({ up }) => holds(braces, text, up))
    .sort((one, other) => one.step - other.step);
  const left = knots.findLast((knot) => knot.step < step);
  const timed = knots.find(({ across }) => across !== null);
  if (!left?.up || !timed?.across) return null;
  const time = literal(text, timed.across, timed.step, step);
  const level = literal(text, left.up, left.lr, lr);
  const after = stretchOf(text, left.up).to;
  const end = after + text.slice(after, braces.to).search(/;|$/);
  return `${text.slice(0, end)}; ${time}: ${level}${text.slice(end)}`;
}

/** A number as `moved` writes it, for a place that is not `moved`'s own. */
function literal(text: string, moved: Moved, at: number, wanted: number): string {
  const value = Math.max(0, moved.value + (wanted - at) / moved.rate);
  return spelled(Number(value.toPrecision(DIGITS)), wordsOf(text, moved)) + moved.suffix;
}

/** The text without the knot that a handle moves; null where it moves none, or only two would be left of two. */
export function withoutKnot(text: string, parts: readonly Part[], handle: Handle): string | null {
  const { across, up } = handle;
  const braces = parts
    .map((part) => bracesOf(text, part))
    .find((found) => found !== null && holds(found, text, across) && holds(found, text, up));
  if (!braces || !across) return null;
  const inside = text.slice(braces.from, braces.to);
  if (inside.split(";").length <= 2) return null;
  const at = stretchOf(text, across).from - braces.from;
  const begin = inside.lastIndexOf(";", at);
  if (begin < 0) return null;
  const end = inside.indexOf(";", at);
  const rest = end < 0 ? " " : inside.slice(end);
  return text.slice(0, braces.from) + inside.slice(0, begin) + rest + text.slice(braces.to);
}
