import { expect, test } from "vitest";
import { CALM_MS, LEAST_MS, restFor, type Scene, untilDraw } from "./pace.ts";

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

test("a chart that moves by less than a pixel rests longer", () => {
  expect(restFor(30_000, 850, 40)).toBe(CALM_MS);
  expect(restFor(1000, 850, 40)).toBe(LEAST_MS);
  expect(restFor(1000, 850, 0)).toBe(CALM_MS);
});
