/** Taking the curve by the hand: which number of the text a handle writes, and how. Pure. */

import type { Handle, Moved } from "../api/types.ts";
import { count, lrExact } from "../lib/format.ts";
import { type Stretch, stretchOf } from "./spans.ts";

/** A handle that is held: the text it was found in, and what its numbers are now. */
export interface Hold {
  text: string;
  handle: Handle;
  across: number | null;
  up: number | null;
}

export type Axis = "across" | "up";
export const AXES = ["across", "up"] as const;

const DIGITS = 3;
const FULL_DIGITS = 15;

export function take(text: string, handle: Handle): Hold {
  return { text, handle, across: handle.across?.value ?? null, up: handle.up?.value ?? null };
}

/** Where the handle stands with its numbers as they are now. */
export function placeOf({ handle, across, up }: Hold): { step: number; lr: number } {
  const shift = (moved: Moved | null, value: number | null): number =>
    moved === null || value === null ? 0 : (value - moved.value) * moved.rate;
  return {
    step: Math.max(0, handle.step + shift(handle.across, across)),
    lr: Math.max(0, handle.lr + shift(handle.up, up)),
  };
}

export interface Target {
  /** Null leaves the axis where it is. */
  step: number | null;
  lr: number | null;
}

/** The hold moved as near to a place as its numbers allow: three significant digits, or all with `full`. */
export function movedTo(hold: Hold, target: Target, full: boolean): Hold {
  const { across, up } = hold.handle;
  const at = (moved: Moved, from: number, to: number): number => moved.value + (to - from) / moved.rate;
  return {
    ...hold,
    across:
      across === null || target.step === null
        ? hold.across
        : allowed(across, "across", at(across, hold.handle.step, target.step), full),
    up:
      up === null || target.lr === null
        ? hold.up
        : allowed(up, "up", at(up, hold.handle.lr, Math.max(0, target.lr)), full),
  };
}

/** The hold moved by units of one of its numbers: towards later steps, or a greater lr, for more than 0. */
export function nudged(hold: Hold, axis: Axis, units: number): Hold {
  const moved = hold.handle[axis];
  const value = hold[axis];
  if (moved === null || value === null) return hold;
  const unit = unitOf(moved, axis, value);
  const next = value + Math.sign(moved.rate) * units * unit;
  // A unit is a round number: more digits than it has are dust of the addition.
  const clean = Number((Math.round(next / unit) * unit).toPrecision(FULL_DIGITS));
  return { ...hold, [axis]: allowed(moved, axis, clean, true) };
}

/** One in the second significant digit of the number; of 0, a hundredth of what a base lr or a 1 would be. */
export function unitOf(moved: Moved, axis: Axis, value: number): number {
  const ground = moved.value > 0 ? moved.value : moved.suffix === "x" ? 0.1 : 1e-4;
  const unit = 10 ** (Math.floor(Math.log10(value > 0 ? value : ground)) - 1);
  return isWhole(moved, axis) ? Math.max(1, unit) : unit;
}

/** A number as its literal may be: a length at least a step long, a value not below 0, whole where it counts. */
function allowed(moved: Moved, axis: Axis, wanted: number, full: boolean): number {
  const least = axis === "up" ? 0 : Math.min(moved.value, 1 / Math.abs(moved.rate));
  const value = Math.max(least, Number(wanted.toPrecision(full ? FULL_DIGITS : DIGITS)));
  return isWhole(moved, axis) ? Math.round(value) : value;
}

/** Whether the number counts steps. */
function isWhole(moved: Moved, axis: Axis): boolean {
  return axis === "across" && (moved.suffix === "" || moved.suffix === "st") && Number.isInteger(moved.value);
}

/** The text with what the hold says now. */
export function written(hold: Hold): string {
  return replaced(
    hold.text,
    AXES.flatMap((axis) => {
      const moved = hold.handle[axis];
      const value = hold[axis];
      if (moved === null || value === null || value === moved.value) return [];
      const insert = spelled(value, wordsOf(hold.text, moved)) + moved.suffix;
      return [{ ...stretchOf(hold.text, moved), insert }];
    }),
  );
}

/** The text with literals replaced by what a person typed. */
export function typed({ text, handle }: Hold, words: Partial<Record<Axis, string>>): string {
  return replaced(
    text,
    AXES.flatMap((axis) => {
      const moved = handle[axis];
      const said = words[axis]?.trim();
      return moved && said ? [{ ...stretchOf(text, moved), insert: said }] : [];
    }),
  );
}

function replaced(text: string, changes: readonly (Stretch & { insert: string })[]): string {
  return [...changes]
    .sort((one, other) => other.from - one.from)
    .reduce((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), text);
}

/** The words of a literal in the text it was found in. */
export function wordsOf(text: string, moved: Moved): string {
  const { from, to } = stretchOf(text, moved);
  return text.slice(from, to);
}

/** A number in the manner of the literal it takes the place of. */
export function spelled(value: number, before: string): string {
  const scientific = /\de/i.test(before) && value > 0 && (value < 0.1 || value >= 1e5);
  if (scientific || (value > 0 && value < 1e-3)) return value.toExponential().replace("e+", "e");
  return String(value);
}

/** The stretches of text that a handle writes. */
export function stretchesOf(text: string, handle: Handle): Stretch[] {
  return AXES.flatMap((axis) => (handle[axis] ? [stretchOf(text, handle[axis])] : []));
}

/** The handles that write the number at an offset of the text. */
export function handlesAt(text: string, handles: readonly Handle[], offset: number): number[] {
  return handles.flatMap((handle, index) =>
    stretchesOf(text, handle).some(({ from, to }) => from <= offset && offset <= to) ? [index] : [],
  );
}

/** Handles, those joined that stand at one place and write one number each. */
export function joined(handles: readonly Handle[]): Handle[] {
  const found: Handle[] = [];
  for (const handle of handles) {
    const twin = found.findIndex((other) => meets(other, handle));
    if (twin < 0) found.push(handle);
    else {
      const other = found[twin] as Handle;
      found[twin] = { ...other, across: other.across ?? handle.across, up: other.up ?? handle.up };
    }
  }
  return found;
}

function meets(one: Handle, other: Handle): boolean {
  const near = Math.abs(one.step - other.step) < 1e-6 * (1 + one.step);
  const level = Math.abs(one.lr - other.lr) <= 1e-9 * Math.max(one.lr, other.lr);
  return near && level && !(one.across && other.across) && !(one.up && other.up);
}

/** What is said of a handle: where it stands and what it writes. */
export function told(hold: Hold): string {
  const { step, lr } = placeOf(hold);
  const says = AXES.flatMap((axis) => {
    const moved = hold.handle[axis];
    const value = hold[axis];
    if (moved === null || value === null) return [];
    const words = wordsOf(hold.text, moved);
    const now = value === moved.value ? words : spelled(value, words) + moved.suffix;
    return [`${axis === "across" ? "time" : "value"} ${now}`];
  });
  return `step ${count(step)}, lr ${lrExact(lr)}, ${says.join(", ")}`;
}
