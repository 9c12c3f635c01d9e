import { expect, test } from "vitest";
import { angle, arc, onCircle, ratioOf, ratioText, TICKS } from "./gauge.ts";

test("the plan is at the top, halves and doubles lie opposite", () => {
  expect(angle(1)).toBe(0);
  expect(angle(2)).toBeCloseTo(-angle(0.5), 12);
  expect(TICKS.map(angle)).toEqual([...TICKS.map(angle)].sort((a, b) => a - b));
});

test("it stops at its ends", () => {
  expect(angle(0)).toBe(-130);
  expect(angle(1e-9)).toBe(-130);
  expect(angle(1e9)).toBe(130);
});

test("points on the circle", () => {
  expect(onCircle(90, 10).x).toBeCloseTo(10, 12);
  expect(onCircle(0, 10).y).toBe(-10);
  expect(arc(-130, 130, 10)).toContain("A 10 10 0 1 1");
  expect(arc(0, -90, 10)).toContain("A 10 10 0 0 0");
});

test("ratios", () => {
  expect(ratioOf(2e-4, 1e-4)).toBe(0.5);
  expect(ratioOf(0, 0)).toBe(1);
  expect(ratioOf(0, 1e-4)).toBeNull();
  expect(ratioOf(null, 1)).toBeNull();
  expect(ratioText(0.5)).toBe("×0.50");
  expect(ratioText(1)).toBe("×1.00");
  expect(ratioText(1.25)).toBe("×1.25");
  expect(ratioText(12.345)).toBe("×12.3");
  expect(ratioText(null)).toBe("");
});
