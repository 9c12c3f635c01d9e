import { expect, test } from "vitest";
import { areaOf, pathOf, type View, viewOf } from "./view.ts";

const size = { width: 884, height: 466 };
const linear: View = { x: [0, 1000], y: [0, 4e-4], scale: "linear", domain: [0, 1] };

test("a place in pixels leads back to the same step and lr", () => {
  for (const view of [linear, { ...linear, scale: "log" as const, y: [-6, -3] as const }]) {
    const area = areaOf({ ...view, domain: [0.42, 1] }, size);
    for (const [step, lr] of [
      [0, 1e-6],
      [250, 3e-4],
      [1000, 1e-4],
    ] as const) {
      expect(area.step(area.x(step))).toBeCloseTo(step, 9);
      expect(area.lr(area.y(lr)) / lr).toBeCloseTo(1, 9);
    }
  }
});

test("the corners of the view are the corners of the plot", () => {
  const area = areaOf(linear, size);
  expect([area.x(0), area.x(1000)]).toEqual([56, 856]);
  expect([area.y(0), area.y(4e-4)]).toEqual([430, 30]);
});

test("zero stands at the bottom of a log axis", () => {
  const area = areaOf({ ...linear, scale: "log", y: [-6, -3] }, size);
  expect(area.y(0)).toBe(area.bottom);
  expect(area.y(1e-9)).toBe(area.bottom);
});

test("a trace beneath takes its share of the height", () => {
  const area = areaOf({ ...linear, domain: [0.42, 1] }, size);
  expect(area.top).toBe(30);
  expect(area.bottom).toBeCloseTo(30 + 0.58 * 400);
});

test("what stands beside the curve is in view too", () => {
  const view = viewOf(null, [{ y: [0, 2], total: 500 }], "linear", null);
  expect(view.x).toEqual([0, 500]);
  expect(view.y[1]).toBeGreaterThan(2);
  expect(viewOf(null, [], "linear", [3, 9]).x).toEqual([3, 9]);
});

test("the curve as a path", () => {
  expect(pathOf(areaOf(linear, size), [0, 1000], [0, 4e-4])).toBe("M56.0 430.0L856.0 30.0");
});
