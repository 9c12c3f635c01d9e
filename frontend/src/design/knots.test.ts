import { expect, test } from "vitest";
import type { Handle, Moved, Part } from "../api/types.ts";
import { keysAt, withKnot, withoutKnot } from "./knots.ts";

const TEXT = "hold 1x for 10%; keys { 0: 1x; 25%: 0.5x; 50%: 0.8x; 100%: 0.1x }";

function moved(words: string, after: string, rate: number): Moved {
  const at = TEXT.indexOf(words, TEXT.indexOf(after));
  const [, number, suffix] = /^([\d.]+)(.*)$/.exec(words) ?? [];
  return { line: 1, column: at + 1, length: words.length, value: Number(number), suffix: suffix ?? "", rate };
}

const part = (start: number, end: number, words: string): Part => ({
  start,
  end,
  line: 1,
  column: TEXT.indexOf(words) + 1,
  length: words.length,
  label: words,
  area: 0,
  share: 0,
});

const PARTS = [part(0, 1000, "hold 1x for 10%"), part(1000, 10_000, TEXT.slice(TEXT.indexOf("keys")))];
const HANDLES: Handle[] = [
  { step: 1000, lr: 3e-4, across: null, up: moved("1x", "{ 0", 3e-4) },
  { step: 3500, lr: 1.5e-4, across: moved("25%", "25", 100), up: moved("0.5x", "25", 3e-4) },
  { step: 6000, lr: 2.4e-4, across: moved("50%", "50%", 100), up: moved("0.8x", "50%", 3e-4) },
];
const keys = PARTS[1] as Part;

test("only what is drawn by keys has knots", () => {
  expect(keysAt(TEXT, PARTS, 500)).toBeNull();
  expect(keysAt(TEXT, PARTS, 4000)).toBe(keys);
});

test("a knot goes between its neighbours, in their units", () => {
  expect(withKnot(TEXT, keys, HANDLES, 4500, 3e-5)).toBe(
    "hold 1x for 10%; keys { 0: 1x; 25%: 0.5x; 35%: 0.1x; 50%: 0.8x; 100%: 0.1x }",
  );
  expect(withKnot(TEXT, keys, HANDLES, 8000, 3e-4)).toContain("50%: 0.8x; 70%: 1x; 100%");
});

test("a knot is taken away with its entry, the first stays", () => {
  expect(withoutKnot(TEXT, PARTS, HANDLES[1] as Handle)).toBe(
    "hold 1x for 10%; keys { 0: 1x; 50%: 0.8x; 100%: 0.1x }",
  );
  expect(withoutKnot(TEXT, PARTS, HANDLES[0] as Handle)).toBeNull();
});

test("two knots are the least", () => {
  const two = "keys { 0: 1x; 25%: 0.5x }";
  const whole = { ...keys, column: 1, length: two.length };
  const last: Handle = {
    step: 1,
    lr: 1,
    across: { line: 1, column: 15, length: 3, value: 25, suffix: "%", rate: 1 },
    up: { line: 1, column: 20, length: 4, value: 0.5, suffix: "x", rate: 1 },
  };
  expect(withoutKnot(two, [whole], last)).toBeNull();
});
