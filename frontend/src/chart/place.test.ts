import { expect, test } from "vitest";
import { MARGIN } from "./layout.ts";
import { edge, xAt } from "./place.ts";

const width = MARGIN.l + MARGIN.r + 100;

test("a point of the screen is a step", () => {
  expect(xAt(MARGIN.l, width, [0, 10])).toBe(0);
  expect(xAt(MARGIN.l + 50, width, [0, 10])).toBe(5);
  expect(xAt(MARGIN.l + 100, width, [20, 40])).toBe(40);
});

test("beside the axes is nowhere", () => {
  expect(xAt(MARGIN.l - 1, width, [0, 10])).toBeNull();
  expect(xAt(MARGIN.l + 101, width, [0, 10])).toBeNull();
});

test("an edge of a time axis is milliseconds", () => {
  expect(edge(12.5)).toBe(12.5);
  expect(edge("2026-01-31 14:03:09.5")).toBe(Date.UTC(2026, 0, 31, 14, 3, 9, 500));
  expect(edge("2026-01-31")).toBe(Date.UTC(2026, 0, 31));
});
