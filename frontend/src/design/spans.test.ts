import { expect, test } from "vitest";
import { changeOf, stretchOf } from "./spans.ts";

const text = "hold for 5%\ncosin -> 0 # \u{1f600}\nend";

test("the exact words are found", () => {
  const { from, to } = stretchOf(text, { line: 2, column: 1, length: 5 });
  expect(text.slice(from, to)).toBe("cosin");
});

test("characters beyond the basic plane count as one", () => {
  const { from, to } = stretchOf(text, { line: 2, column: 14, length: 1 });
  expect(text.slice(from, to)).toBe("\u{1f600}");
});

test("a fault at the end of the text still marks a character", () => {
  expect(stretchOf("ab", { line: 1, column: 3, length: 0 })).toEqual({ from: 1, to: 2 });
  expect(stretchOf("", { line: 1, column: 1, length: 1 })).toEqual({ from: 0, to: 0 });
});

test("places outside of the text stay inside", () => {
  const { from, to } = stretchOf("ab", { line: 9, column: 50, length: 7 });
  expect(from).toBeGreaterThanOrEqual(0);
  expect(to).toBeLessThanOrEqual(2);
});

test("the one change between two texts", () => {
  expect(changeOf("for 5%; hold", "for 12%; hold")).toEqual({ from: 4, to: 5, insert: "12" });
  expect(changeOf("aa", "aaa")).toEqual({ from: 2, to: 2, insert: "a" });
  expect(changeOf("abc", "")).toEqual({ from: 0, to: 3, insert: "" });
  expect(changeOf("abc", "abc")).toBeNull();
});
