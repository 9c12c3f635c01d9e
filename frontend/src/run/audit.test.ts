import { expect, test } from "vitest";
import { commandRecord } from "../testing/samples.ts";
import { asCsv, lrChange, matching } from "./audit.ts";

const half = commandRecord({ request: { kind: "scale", factor: 0.5, reason: "loss, rises" } }, [
  "requested",
  "applied",
]);
const other = commandRecord({ id: "c2", text: "hold 0.001", issued_by: "=bob()" }, ["requested", "rejected"]);

test("every word typed has to occur somewhere", () => {
  expect(matching([half, other], "ada scale")).toEqual([half]);
  expect(matching([half, other], "refused")).toEqual([other]);
  expect(matching([half, other], "rises")).toEqual([half]);
  expect(matching([half, other], "")).toHaveLength(2);
});

test("from and to are what the job told", () => {
  expect(lrChange(half)).toEqual([{ group: "main", from: 3e-4, to: 1.5e-4 }]);
  expect(lrChange(other)).toEqual([]);
});

test("the CSV quotes what must be quoted and runs no formula", () => {
  const [head, first, second] = asCsv([half, other]).split("\r\n");
  expect(head).toContain("round trip ms");
  expect(first).toContain('"loss, rises",applied,104,100.0,main 0.0003,main 0.00015');
  expect(second).toContain("'=bob()");
});
