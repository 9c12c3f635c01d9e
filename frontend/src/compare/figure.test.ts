import { expect, test } from "vitest";
import type { Compared } from "../api/types.ts";
import type { Palette } from "../chart/palette.ts";
import { seriesOf } from "../testing/samples.ts";
import { type CompareScene, drawCompare, strokeOf } from "./figure.ts";

const palette = { groups: ["#00f", "#0aa"], ink: "#000", muted: "#666" } as unknown as Palette;
const run = (id: string, loss: number[]): Compared => ({
  run: id,
  name: `<${id}>`,
  state: "finished",
  origin: "job",
  first_at: null,
  series: { loss: seriesOf([0, 1, 2], loss), "lr:main": seriesOf([0, 1, 2], [1, 1, 1]) },
});

function scene(changes: Partial<CompareScene> = {}): CompareScene {
  return {
    palette,
    runs: [run("a", [3, 2, 1]), run("b", [3, 3, 3])],
    lrs: { a: "lr:main", b: "lr:main" },
    metric: "loss",
    axis: "step",
    base: null,
    range: null,
    hidden: new Set(),
    forward: null,
    lrScale: "linear",
    metricScale: "linear",
    smoothed: false,
    ...changes,
  };
}

type Trace = { name: string; meta: string; yaxis: string; y: number[]; opacity: number };
const on = (changes: Partial<CompareScene>, axis: string): Trace[] =>
  (drawCompare(scene(changes)).traces as Trace[]).filter((trace) => trace.yaxis === axis);

test("every run has its lr and its metric, each under its name", () => {
  expect(on({}, "y").map((trace) => trace.meta)).toEqual(["lr of <a>", "lr of <b>"]);
  expect(on({ smoothed: true }, "y2")[0]?.meta).toBe("smoothed loss of <a>");
  expect(on({}, "y2")).toHaveLength(2);
  expect(on({}, "y3")).toHaveLength(0);
});

test("with a baseline the others' difference to it is drawn", () => {
  expect(on({ base: "a" }, "y3").map((trace) => trace.y)).toEqual([[0, 1, 2]]);
});

test("hidden runs are not drawn, a baseline holds even then; the rest steps back from the one in front", () => {
  expect(on({ hidden: new Set(["a"]), base: "a" }, "y2")).toHaveLength(1);
  expect(on({ hidden: new Set(["a"]), base: "a" }, "y3")).toHaveLength(1);
  expect(on({ forward: "b" }, "y2").map((trace) => trace.opacity < 0.5)).toEqual([true, false]);
});

test("once colours repeat, the pattern differs", () => {
  expect(strokeOf(palette, 0).colour).toBe(strokeOf(palette, 2).colour);
  expect(strokeOf(palette, 0).dash).not.toBe(strokeOf(palette, 2).dash);
});
