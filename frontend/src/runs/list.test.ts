import { expect, test } from "vitest";
import { runSummary } from "../testing/samples.ts";
import { filtered, progress, timeLeft, withRun } from "./list.ts";

const old = runSummary({ id: "old", name: "bert base", started_at: 1 });
const young = runSummary({ id: "young", name: "digits", project: "toys", state: "finished", started_at: 9 });

test("newest first, each run once", () => {
  const list = withRun(withRun([], old), young);
  expect(list.map((run) => run.id)).toEqual(["young", "old"]);
  expect(withRun(list, { ...old, step: 5 }).map((run) => [run.id, run.step])).toEqual([
    ["young", 100],
    ["old", 5],
  ]);
});

test("every word must occur somewhere", () => {
  expect(filtered([old, young], "TOYS fin")).toEqual([young]);
  expect(filtered([old, young], "toys bert")).toEqual([]);
  expect(filtered([old, young], "  ")).toHaveLength(2);
});

test("progress and time left are said only where they are known", () => {
  expect(progress(runSummary({ step: 250, total: 1000 }))).toBe(0.25);
  expect(progress(runSummary({ total: null }))).toBeNull();
  expect(timeLeft(runSummary({ step: 900, total: 1000, rate: 10 }))).toBe(10);
  expect(timeLeft(runSummary({ state: "finished" }))).toBeNull();
});
