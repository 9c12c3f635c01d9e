import { expect, test } from "vitest";
import { alignments, fromQuery, toQuery, without } from "./query.ts";

const all = { runs: ["a", "b&c"], metric: "val loss", axis: "time" as const, base: "a" };

test("the address holds the whole comparison", () => {
  expect(fromQuery(toQuery(all))).toEqual(all);
  expect(toQuery({ runs: ["a"], metric: null, axis: "step", base: null })).toBe("?run=a");
});

test("runs are laid out by what they count, and by what a link says", () => {
  expect(alignments(["loss", "tokens"], "step")).toEqual(["step", "time", "tokens"]);
  expect(alignments(["loss"], "val_steps")).toEqual(["step", "time", "val_steps"]);
  expect(fromQuery("?run=a&axis=tokens").axis).toBe("tokens");
  expect(fromQuery("?run=a").axis).toBe("step");
});

test("a run named twice is compared once; a baseline must be one of them", () => {
  expect(fromQuery("?run=a&run=a&base=z")).toEqual({ runs: ["a"], metric: null, axis: "step", base: null });
});

test("a baseline that is taken out is none", () => {
  expect(without(all, "a")).toEqual({ ...all, runs: ["b&c"], base: null });
});
