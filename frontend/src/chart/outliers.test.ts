import { expect, test } from "vitest";
import { bulk, outside } from "./outliers.ts";

const calm = Array.from({ length: 100 }, (_, at) => 1 + at / 100);

test("a spike is left out, and counted", () => {
  const range = bulk([...calm, 1000]);
  expect(range).not.toBeNull();
  if (!range) return;
  expect(outside([...calm, 1000], range)).toBe(1);
  expect(range[1]).toBeLessThan(3);
});

test("values without outliers are all shown", () => {
  expect(bulk(calm)).toBeNull();
});

test("a handful of values has no outliers", () => {
  expect(bulk([1, 1, 1, 1000])).toBeNull();
});
