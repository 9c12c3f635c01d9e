import { expect, test } from "vitest";
import { goneOn, meanAfter, smoothed } from "./smooth.ts";

const steps = (count: number, every = 1): number[] => Array.from({ length: count }, (_, at) => at * every);

test("weight 0 changes nothing", () => {
  expect(smoothed([0, 1, 2], [3, 1, 2], 0, 3)).toEqual([3, 1, 2]);
});

test("values logged at every step are the exponential mean, corrected for its start", () => {
  const found = smoothed([0, 1, 2], [1, 2, 4], 0.5, 3);
  expect(found[0]).toBeCloseTo(1, 12);
  expect(found[1]).toBeCloseTo((0.5 * 0.5 * 1 + 0.5 * 2) / 0.75, 12);
  expect(found[2]).toBeCloseTo((0.125 * 1 + 0.25 * 2 + 0.5 * 4) / 0.875, 12);
});

test("a constant stays, whatever the weight", () => {
  for (const value of smoothed(steps(50), Array(50).fill(2.5), 0.99, 50)) expect(value).toBeCloseTo(2.5, 10);
});

test("a thinned line is smoothed over as many steps as the whole one", () => {
  const line = (x: number): number => 100 - x / 10;
  const whole = smoothed(steps(1000), steps(1000).map(line), 0.95, 1000);
  const thinned = smoothed(steps(100, 10), steps(100, 10).map(line), 0.95, 991);
  expect(Math.abs((thinned[99] as number) - (whole[990] as number))).toBeLessThan(1);
});

test("one point, or none, is no trouble", () => {
  expect(smoothed([5], [7], 0.9, 1)).toEqual([7]);
  expect(smoothed([], [], 0.9, 0)).toEqual([]);
});

test("a mean goes on where it was left", () => {
  const x = steps(40, 3);
  const y = x.map((at) => Math.sin(at));
  const whole = smoothed(x, y, 0.8, 40);
  const first = smoothed(x.slice(0, 7), y.slice(0, 7), 0.8, 7);
  const mean = meanAfter(x.slice(0, 7), first, 0.8, 7);
  if (mean === null) throw new Error("seven values are enough");
  goneOn(mean, x.slice(7), y.slice(7), 0.8).forEach((value, at) => {
    expect(value).toBeCloseTo(whole[at + 7] as number, 12);
  });
  expect(meanAfter([5], [7], 0.9, 1)).toBeNull();
});
