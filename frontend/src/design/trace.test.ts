import { expect, test } from "vitest";
import { FIRST_TRACE, numbers, sourceOf } from "./trace.ts";

test("numbers as people type or paste them", () => {
  expect(numbers("3.0 2, 1e-1\n nan;5")).toEqual([3, 2, 0.1, null, 5]);
  expect(numbers("3 two")).toBeNull();
  expect(numbers(" ")).toBeNull();
});

test("each kind becomes what the server wants", () => {
  expect(sourceOf(FIRST_TRACE)).toEqual({
    kind: "decay",
    start: 3,
    floor: 1,
    share: 0.1,
    noise: 0.05,
    every: null,
  });
  expect(sourceOf({ ...FIRST_TRACE, kind: "values", values: "2 1", every: "1k" })).toEqual({
    kind: "values",
    values: [2, 1],
    every: 1000,
  });
  expect(sourceOf({ ...FIRST_TRACE, kind: "csv", csv: "step,loss\n0,1" })).toMatchObject({ kind: "csv" });
  expect(sourceOf({ ...FIRST_TRACE, kind: "run", run: "r1", metric: "loss" })).toEqual({
    kind: "run",
    run: "r1",
    metric: "loss",
  });
});

test("what is not complete is not asked for", () => {
  for (const part of [
    { kind: "values", values: "2 x" },
    { kind: "values", every: "0" },
    { kind: "csv", csv: " " },
    { kind: "run", run: "r1" },
    { kind: "decay", halves: "0" },
    { kind: "decay", noise: "-1" },
    { kind: "decay", start: "" },
  ] as const)
    expect(sourceOf({ ...FIRST_TRACE, ...part })).toBeNull();
});
