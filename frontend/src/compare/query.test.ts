import { expect, test } from "vitest";
import { fromQuery, toQuery, without } from "./query.ts";

const all = { runs: ["a", "b&c"], metric: "val loss", axis: "time" as const, base: "a" };

test("the address holds the whole comparison", () => {
  expect(fromQuery(toQuery(all))).toEqual(all);
  expect(toQuery({ runs: ["a"], metric: null, axis: "step", base: null })).toBe("?run=a");
});

test("a run named twice is compared once; a baseline must be one of them", () => {
  expect(fromQuery("?run=a&run=a&base=z")).toEqual({ runs: ["a"], metric: null, axis: "step", base: null });
});

test("a baseline that is taken out is none", () => {
  expect(without(all, "a")).toEqual({ ...all, runs: ["b&c"], base: null });
});
