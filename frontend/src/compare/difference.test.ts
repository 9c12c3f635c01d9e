import { expect, test } from "vitest";
import { runDetail } from "../testing/samples.ts";
import { commonMetrics, difference, differing } from "./difference.ts";

test("the difference is taken where both are known, at the curve's own places", () => {
  const base = { x: [0, 10, 20], y: [1, 3, 3] };
  expect(difference({ x: [-5, 0, 5, 20, 30], y: [9, 1, 5, 2, 9] }, base)).toEqual({
    x: [0, 5, 20],
    y: [0, 3, -1],
  });
});

test("against itself a curve is zero everywhere, against nothing it is nowhere", () => {
  const curve = { x: [0, 3, 7], y: [5, 1, 2] };
  expect(difference(curve, curve).y).toEqual([0, 0, 0]);
  expect(difference(curve, { x: [], y: [] })).toEqual({ x: [], y: [] });
});

test("only what the runs do not have in common is told", () => {
  const one = runDetail({ config: { batch: "12", model: "small" }, optimizer: "AdamW" });
  const other = runDetail({ config: { batch: "24", model: "small" }, optimizer: "SGD" });
  expect(differing([one, other])).toEqual([
    { name: "config batch", values: ["12", "24"] },
    { name: "optimizer", values: ["AdamW", "SGD"] },
  ]);
  expect(differing([one, one])).toEqual([]);
});

test("metrics that all runs have come first", () => {
  const found = commonMetrics([runDetail({ metrics: ["a", "loss"] }), runDetail({ metrics: ["loss", "b"] })]);
  expect(found).toEqual(["loss", "a", "b"]);
});
