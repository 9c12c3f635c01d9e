import { expect, test } from "vitest";
import { rowsInView, toReveal } from "./window.ts";

test("of 500 rows only those around the screen are made", () => {
  const { first, last } = rowsInView(7000, 700, 70, 500);
  expect(first).toBeLessThanOrEqual(100);
  expect(last).toBeGreaterThanOrEqual(110);
  expect(last - first).toBeLessThan(40);
});

test("a short list is made whole, wherever it stands", () => {
  expect(rowsInView(-300, 900, 70, 3)).toEqual({ first: 0, last: 3 });
  expect(rowsInView(99_999, 900, 70, 3).last).toBe(3);
});

test("a row beside the screen is scrolled to, one on it is not", () => {
  expect(toReveal(2, 0, 700, 70)).toBe(0);
  expect(toReveal(0, 140, 700, 70)).toBe(-140);
  expect(toReveal(20, 0, 700, 70)).toBe(21 * 70 - 700);
});
