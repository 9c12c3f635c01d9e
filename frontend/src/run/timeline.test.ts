import { expect, test } from "vitest";
import { byCount, durationTicks, placing, reaching, secondsAt, stepAt, type Timeline } from "./timeline.ts";

const line: Timeline = { steps: [0, 10, 20], seconds: [0, 5, 25], firstAt: 1000 };

test("between known steps time goes on evenly, beyond them at the pace of the whole", () => {
  expect(secondsAt(line, 5)).toBe(2.5);
  expect(secondsAt(line, 10)).toBe(5);
  expect(secondsAt(line, 15)).toBe(15);
  expect(secondsAt(line, 40)).toBe(50);
});

test("a step's second leads back to the step", () => {
  for (const step of [0, 3, 10, 17, 20, 33]) expect(stepAt(line, secondsAt(line, step))).toBeCloseTo(step, 9);
});

test("the line reaches on as the job does, and never back", () => {
  const longer = reaching(line, 30, 1035);
  expect(secondsAt(longer, 25)).toBe(30);
  expect(reaching(line, 15, 1100)).toBe(line);
  expect(reaching(line, 30, 1001)).toBe(line);
});

test("a place leads to the axis and back; without a line it is the step", () => {
  for (const kind of ["relative", "wall"] as const) {
    const place = placing(kind, line);
    expect(place.from(place.to(12))).toBeCloseTo(12, 6);
  }
  expect(placing("relative", line).to(15)).toBe(15);
  expect(placing("relative", line).to(10)).toBe(5);
  expect(placing("wall", null).to(15)).toBe(15);
});

test("what a run counts itself is an axis as long as it rises", () => {
  const place = byCount([0, 10, 30], [0, 4000, 5000]);
  expect(place?.to(20)).toBe(4500);
  expect(place?.from(4500)).toBe(20);
  expect(byCount([0, 1, 2], [64, 64, 64])).toBeNull();
  expect(byCount([3], [64])).toBeNull();
});

test("labels of a duration are round", () => {
  expect(durationTicks([0, 300]).ticktext).toEqual(["0:00", "1:00", "2:00", "3:00", "4:00", "5:00"]);
  expect(durationTicks([0, 7200], 4).ticktext).toEqual(["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00"]);
  expect(durationTicks([0, 3e7]).tickvals.length).toBeLessThanOrEqual(8);
});
