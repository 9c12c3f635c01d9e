import { expect, test } from "vitest";
import { alertOf } from "../testing/samples.ts";
import { tallies, withAlert } from "./list.ts";

test("an alert takes its place by id, the newest first", () => {
  const two = withAlert([alertOf()], alertOf({ id: 2, raised_at: 200 }));
  expect(two.map((one) => one.id)).toEqual([2, 1]);
  const seen = withAlert(two, alertOf({ acknowledged_at: 300, acknowledged_by: "ada" }));
  expect(seen.map((one) => [one.id, one.acknowledged_by])).toEqual([
    [2, null],
    [1, "ada"],
  ]);
});

test("an alert that was cleared leaves", () => {
  expect(
    withAlert([alertOf(), alertOf({ id: 2 })], alertOf({ cleared_at: 500 })).map((one) => one.id),
  ).toEqual([2]);
});

test("runs are told apart, and what was seen from what was not", () => {
  const found = tallies([alertOf(), alertOf({ id: 2, acknowledged_at: 1 }), alertOf({ id: 3, run: "r2" })]);
  expect(found.get("r1")).toEqual({ open: 2, unseen: 1 });
  expect(found.get("r2")).toEqual({ open: 1, unseen: 1 });
  expect(found.get("r3")).toBeUndefined();
});
