import { expect, test } from "vitest";
import type { Analysis, PreviewAnswer } from "../api/types.ts";
import { answer as known } from "../testing/previews.ts";
import { bigJumps, jumpWords, pointAt, readouts, warmUp } from "./readouts.ts";

function answer(x: number[], y: number[], changes: Partial<Analysis> = {}): PreviewAnswer {
  const analysis: Analysis = {
    total: 1000,
    minimum: Math.min(...y),
    maximum: Math.max(...y),
    first: y[0] ?? 0,
    last: y.at(-1) ?? 0,
    area: 0.25,
    breakpoints: [],
    jumps: [],
    parts: [],
    ...changes,
  };
  return { ...known, x, y, analysis };
}

test("a warm-up is seen where the curve rises to its peak", () => {
  expect(warmUp(answer([0, 25, 50, 999], [0, 1.5e-4, 3e-4, 1e-5]))).toBe(0.05);
  expect(warmUp(answer([0, 999], [3e-4, 0]))).toBeNull();
  expect(warmUp(answer([0, 25, 50, 999], [0, 2e-4, 1e-4, 3e-4]))).toBeNull();
  expect(warmUp(answer([0, 999], [0, 3e-4]))).toBeNull();
});

test("the read-outs name their units", () => {
  const found = readouts(answer([0, 50, 999], [0, 3e-4, 3e-5]));
  expect(found.map((readout) => readout.id)).toEqual(["peak", "floor", "first", "last", "warm-up", "area"]);
  expect(found[0]).toMatchObject({ value: "3.0e-4", note: "from step 50" });
});

test("no curve, no read-outs", () => {
  expect(readouts({ ...known, ok: false, x: [], y: [], analysis: null })).toEqual([]);
});

test("only jumps beyond a factor of two are flagged", () => {
  const jumps = [
    { step: 1, before: 1, after: 1.5 },
    { step: 2, before: 1, after: 0.1 },
    { step: 3, before: 0, after: 1 },
  ];
  expect(bigJumps(answer([0], [1], { jumps }).analysis as Analysis).map((jump) => jump.step)).toEqual([2, 3]);
  expect(jumpWords({ step: 8000, before: 3e-4, after: 3e-5 })).toBe("step 8,000: 3.0e-4 → 3.0e-5");
});

test("the point under the cursor", () => {
  const curve = answer([0, 10, 20], [1, 2, 3]);
  expect(pointAt(curve, 10.2)).toEqual({ step: 10, value: 2 });
  expect(pointAt(curve, 500)).toEqual({ step: 20, value: 3 });
  expect(pointAt(curve, -5)).toEqual({ step: 0, value: 1 });
});
