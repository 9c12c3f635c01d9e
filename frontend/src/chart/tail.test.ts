import { expect, test } from "vitest";
import type { Figure } from "./layout.ts";
import { goesOn, still, tailOf } from "./tail.ts";

const SIZE = { width: 184, height: 160 }; // 100 by 100 within the margins
const LINE = { color: "#00f", width: 2 };

interface Parts {
  x?: number[];
  y?: number[];
  now?: number;
  ahead?: number[];
  range?: [number, number];
  tint?: number;
  type?: string;
}

function figure({ x = [0, 1, 2], y = [1, 2, 3], now = 2, ahead = [2, 5, 9], ...rest }: Parts = {}): Figure {
  const last = [x.at(-1), y.at(-1)];
  return {
    traces: [
      { x, y, grows: "end", line: LINE, yaxis: "y" },
      { x: ahead, y: ahead, grows: "moves", line: { ...LINE, dash: "5px,4px" }, yaxis: "y" },
      { x: [last[0]], y: [last[1]], grows: "moves", marker: { color: "#00f", size: 7 }, yaxis: "y" },
      { x: [1], y: [1], yaxis: "y" },
    ],
    layout: {
      xaxis: { range: [0, 10] },
      yaxis: { range: rest.range ?? [0, 10], type: rest.type ?? "linear", domain: [0, 1] },
      shapes: [
        { grows: "end", x0: 0, x1: rest.tint ?? 2, fillcolor: "#fea" },
        { grows: "moves", x0: now, x1: now, line: { color: "#666", width: 1, dash: "1px,3px" } },
      ],
    },
  };
}

const longer = { x: [0, 1, 2, 3, 4], y: [1, 2, 3, 4, 9], now: 4, ahead: [5, 9], tint: 4 };

test("the library is spared what moves", () => {
  const { traces, layout } = still(figure());
  expect(traces.map((trace) => (trace as { grows?: string }).grows)).toEqual(["end", undefined]);
  expect((layout["shapes"] as { grows: string }[]).map(({ grows }) => grows)).toEqual(["end"]);
});

test("more points at the end, another plan ahead, and a present that moved: nothing to draw anew", () => {
  expect(goesOn(figure(), figure(longer))).toBe(true);
});

test.each([
  ["another range", { ...longer, range: [0, 20] as [number, number] }],
  ["steps taken again", { ...longer, y: [1, 2, 3.5, 4, 9] }],
  ["fewer points than before", { ...longer, x: [0, 4], y: [1, 9] }],
  ["points thinned", { ...longer, x: [0, 2, 3, 4], y: [1, 3, 4, 9] }],
])("%s: drawn anew", (_, parts) => {
  expect(goesOn(figure(), figure(parts))).toBe(false);
});

test("another mark, or one more line: drawn anew", () => {
  const { traces, layout } = figure(longer);
  expect(goesOn(figure(), { traces: [...traces.slice(0, 3), { x: [2], y: [1], yaxis: "y" }], layout })).toBe(
    false,
  );
  expect(goesOn(figure(), { traces: [...traces, { x: [2], y: [1] }], layout })).toBe(false);
});

test("the line goes on from the last point that the library drew", () => {
  const { strokes, dots, bands } = tailOf(figure(), figure(longer), SIZE);
  expect(strokes).toMatchObject([
    { path: "M20.0 70.0L30.0 60.0L40.0 10.0", colour: "#00f", width: 2, dash: "" },
    { path: "M50.0 50.0L90.0 10.0", dash: "5,4" },
  ]);
  expect(strokes[0]?.box).toEqual({ left: 56, top: 24, width: 100, height: 100 });
  expect(dots).toMatchObject([{ x: 40, y: expect.closeTo(10), radius: 3.5 }]);
  expect(bands).toMatchObject([
    { from: 20, to: 40, colour: "#fea", dash: null },
    { from: 40, to: 40, dash: "1,3" },
  ]);
});

test("right after the library drew, only the ends, the present and what lies ahead are ours", () => {
  const { strokes, dots, bands } = tailOf(figure(), figure(), SIZE);
  expect([strokes.length, dots.length, bands.length]).toEqual([1, 1, 1]);
});

test("what a logarithmic axis cannot show leaves a gap", () => {
  const log = { type: "log", range: [-1, 1] as [number, number] };
  const after = figure({ ...log, x: [0, 1, 2, 3, 4, 5], y: [1, 2, 1, 0, 1, 10] });
  const { strokes } = tailOf(figure({ ...log, x: [0, 1], y: [1, 2] }), after, SIZE);
  expect(strokes[0]?.path).toBe("M10.0 34.9L20.0 50.0M40.0 50.0L50.0 0.0");
});
