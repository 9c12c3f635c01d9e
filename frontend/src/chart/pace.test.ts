import { expect, test } from "vitest";
import { blended, LEAST_MS, MOST_MS, restFor, restForCost, type Scene, untilDraw } from "./pace.ts";

const scene: Scene = { stale: true, urgent: false, rest: LEAST_MS, drawn: 1000, unseen: false, held: false };

test("live data wait for their turn", () => {
  expect(untilDraw(scene, 1100)).toBe(LEAST_MS - 100);
  expect(untilDraw(scene, 5000)).toBe(0);
});

test("what a person does is drawn at once", () => {
  expect(untilDraw({ ...scene, urgent: true }, 1001)).toBe(0);
});

test("live data that nobody sees are not drawn, the rest is", () => {
  expect(untilDraw({ ...scene, unseen: true }, 5000)).toBeNull();
  expect(untilDraw({ ...scene, unseen: true, urgent: true }, 5000)).toBe(0);
});

test("nothing is drawn that has not changed, or under the mouse button", () => {
  expect(untilDraw({ ...scene, stale: false }, 5000)).toBeNull();
  expect(untilDraw({ ...scene, held: true }, 5000)).toBeNull();
});

test("a chart is drawn as often as it moves by a pixel, within bounds", () => {
  expect(restFor(30_000, 1000, 60)).toBe(500);
  expect(restFor(1000, 850, 40)).toBe(LEAST_MS);
  expect(restFor(1e6, 850, 40)).toBe(MOST_MS);
  expect(restFor(1000, 850, 0)).toBe(MOST_MS);
});

test("where drawing is slow it is done less often", () => {
  expect(restForCost(4)).toBe(LEAST_MS);
  expect(restForCost(15)).toBe(400);
  expect(restForCost(400)).toBe(MOST_MS);
});

test("one slow drawing among many is soon forgotten, a chart that stays slow is not", () => {
  expect(blended(undefined, 20)).toBe(20);
  const after = (cost: number): number => Array.from({ length: 10 }, () => cost).reduce(blended, 300);
  expect(after(1)).toBeLessThan(10);
  expect(after(20)).toBeGreaterThan(20);
});
