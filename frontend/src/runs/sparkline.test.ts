import { expect, test } from "vitest";
import { sparkPath } from "./sparkline.ts";

test("the greatest is at the top, the least at the bottom", () => {
  expect(sparkPath([3, 1], 100, 20)).toBe("M1.5 1.5L98.5 18.5");
});

test("a gap lifts the pen", () => {
  expect(sparkPath([1, null, 2, 3], 100, 20).match(/M/g)).toHaveLength(2);
});

test("a flat line runs through the middle", () => {
  expect(sparkPath([2, 2], 100, 20)).toBe("M1.5 10.0L98.5 10.0");
});

test("nothing known, nothing drawn", () => {
  expect(sparkPath([null, null], 100, 20)).toBe("");
  expect(sparkPath([], 100, 20)).toBe("");
});
