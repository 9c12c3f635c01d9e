import { expect, test } from "vitest";
import type { Annotation } from "../api/types.ts";
import { brief, labelled, withAnnotation } from "./list.ts";

const note = (id: number, step: number, text = "here"): Annotation => ({
  id,
  run: "r1",
  step,
  text,
  written_by: "ada",
  written_at: 1,
  edited_by: null,
  edited_at: null,
});

test("annotations stand by step, a changed one in its new place", () => {
  const two = withAnnotation([note(1, 50)], note(2, 10), false);
  expect(two.map((one) => one.id)).toEqual([2, 1]);
  expect(withAnnotation(two, note(2, 90), false).map((one) => one.id)).toEqual([1, 2]);
});

test("one that was taken away is gone, one nobody knew as well", () => {
  expect(withAnnotation([note(1, 5)], note(1, 5), true)).toEqual([]);
  expect(withAnnotation([note(1, 5)], note(7, 5), true).map((one) => one.id)).toEqual([1]);
});

test("a label is one line of bounded length", () => {
  expect(brief("short", 10)).toBe("short");
  expect(brief("a longer text", 9)).toBe("a longer…");
  expect(brief("first\nsecond", 20)).toBe("first…");
});

test("a label needs room before the next one", () => {
  expect(labelled([0, 5, 50], 10)).toEqual([false, true, true]);
});
