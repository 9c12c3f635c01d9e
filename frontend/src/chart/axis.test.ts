import { expect, test } from "vitest";
import { growing, rangeFor, steady } from "./axis.ts";

test("linear ranges hold everything with room, and start about at zero for an lr", () => {
  const range = rangeFor([1e-4, 3e-4], "linear", true);
  expect(range?.[0]).toBeLessThan(0);
  expect(range?.[1]).toBeGreaterThan(3e-4);
});

test("a flat line still gets a range", () => {
  const range = rangeFor([2, 2, 2], "linear", false);
  expect(range && range[1] > range[0]).toBe(true);
});

test("log ranges leave zero out and do not fall without end", () => {
  const range = rangeFor([0, 1e-300, 1e-3], "log", false);
  expect(range?.[0]).toBeGreaterThan(-9);
  expect(range?.[1]).toBeGreaterThan(-3);
  expect(rangeFor([0, 0], "log", false)).toBeNull();
});

test("nothing to show has no range", () => {
  expect(rangeFor([], "linear", true)).toBeNull();
});

test("a range rests while it holds what is wanted and is not far too large", () => {
  expect(steady([0, 10], [0.2, 9.8])).toEqual([0, 10]);
  expect(steady([0, 10], [0, 12])).toEqual([0, 12]);
  expect(steady([0, 10], [0, 3])).toEqual([0, 3]);
  expect(steady(null, [0, 3])).toEqual([0, 3]);
});

test("the x axis grows in jumps that hold the step", () => {
  const ends = new Set<number>();
  for (let step = 1000; step < 2000; step += 1) {
    const end = growing(step);
    expect(end).toBeGreaterThanOrEqual(step);
    expect(end).toBeLessThan(step * 1.15);
    ends.add(end);
  }
  expect(ends.size).toBeLessThan(15);
});
