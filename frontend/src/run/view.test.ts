import { expect, test } from "vitest";
import { fineRange, follow, isFollowing, moveTo, rangeOf, START, zoomOut, zoomTo } from "./view.ts";

test("the whole run shows its future too", () => {
  expect(rangeOf(START, 120, 1000)).toEqual([0, 1000]);
});

test("a run longer than planned, or of unknown length, still fits", () => {
  expect(rangeOf(START, 1500, 1000)[1]).toBeGreaterThan(1500);
  expect(rangeOf(START, 1500, null)[1]).toBeGreaterThan(1500);
});

test("the recent part always holds the present step and moves in jumps", () => {
  const ranges = new Set<string>();
  for (let step = 4000; step < 5000; step += 1) {
    const [first, last] = rangeOf(follow(START, "recent"), step, 100_000);
    expect(first).toBeLessThan(step);
    expect(last).toBeGreaterThan(step);
    ranges.add(`${first} ${last}`);
  }
  expect(ranges.size).toBeLessThan(50);
});

test("zooming pauses following, step by step back, and following ends it at once", () => {
  const once = zoomTo(START, 300, 100);
  expect(rangeOf(once, 500, 1000)).toEqual([100, 300]);
  expect(isFollowing(once)).toBe(false);
  const twice = zoomTo(once, 150, 200);
  expect(zoomOut(twice)).toEqual(once);
  expect(isFollowing(zoomOut(once))).toBe(true);
  expect(isFollowing(follow(twice))).toBe(true);
});

test("a chosen stretch is asked for in full, the whole is not", () => {
  expect(fineRange(START, [0, 1000])).toBeNull();
  expect(fineRange(zoomTo(START, 10.5, 20.2), [10.5, 20.2])).toEqual([10, 22]);
  expect(fineRange(follow(START, "recent"), [50, 250])).toEqual([50, Number.POSITIVE_INFINITY]);
});

test("moving the stretch in view leaves nothing to go back through", () => {
  const zoomed = zoomTo(START, 100, 300);
  const moved = moveTo(moveTo(zoomed, [120, 320]), [140, 340]);
  expect(rangeOf(moved, 500, 1000)).toEqual([140, 340]);
  expect(isFollowing(zoomOut(moved))).toBe(true);
  expect(isFollowing(moveTo(START, [10, 1010]))).toBe(false);
});
