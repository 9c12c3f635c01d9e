import { expect, test } from "vitest";
import { LEAST_MS, type Scene, untilDraw } from "./pace.ts";

const scene: Scene = { stale: true, urgent: false, drawn: 1000, unseen: false, held: false };

test("live data wait for their turn", () => {
  expect(untilDraw(scene, 1100)).toBe(LEAST_MS - 100);
  expect(untilDraw(scene, 5000)).toBe(0);
});

test("what a person does is drawn at once", () => {
  expect(untilDraw({ ...scene, urgent: true }, 1001)).toBe(0);
});

test("nothing is drawn that nobody sees, that has not changed, or under the mouse button", () => {
  expect(untilDraw({ ...scene, stale: false }, 5000)).toBeNull();
  expect(untilDraw({ ...scene, unseen: true, urgent: true }, 5000)).toBeNull();
  expect(untilDraw({ ...scene, held: true }, 5000)).toBeNull();
});
