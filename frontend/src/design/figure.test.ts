import { expect, test } from "vitest";
import type { PreviewAnswer } from "../api/types.ts";
import type { Palette } from "../chart/palette.ts";
import { draw } from "./figure.ts";

const palette = { grid: "#eee", muted: "#666", override: "#a50", groups: ["#00f"] } as unknown as Palette;
const part = { line: 1, column: 1, length: 4 };
const answer: PreviewAnswer = {
  ok: true,
  x: [0, 50, 999],
  y: [0, 3e-4, 3e-5],
  groups: [],
  analysis: {
    total: 1000,
    minimum: 0,
    maximum: 3e-4,
    first: 0,
    last: 3e-5,
    area: 0.1,
    breakpoints: [50],
    jumps: [{ step: 50, before: 1e-4, after: 3e-4 }],
    parts: [
      { ...part, start: 0, end: 50, area: 0.1, share: 0.5, label: "linear" },
      { ...part, start: 50, end: 1000, area: 0.1, share: 0.5, label: "hold" },
    ],
  },
  diagnostics: [],
  metrics: [],
  traces: [],
  drops: [],
  handles: [],
};
const scene = { palette, answer, scale: "linear", zoom: null, width: 800 } as const;

test("parts are parted, and named where there is room", () => {
  const { layout } = draw(scene);
  expect(layout["shapes"]).toHaveLength(1);
  expect((layout["annotations"] as { text: string }[]).map((label) => label.text)).toEqual(["hold"]);
  const near = draw({ ...scene, zoom: [0, 60] });
  expect((near.layout["annotations"] as { text: string }[]).map((label) => label.text)).toEqual([
    "linear",
    "hold",
  ]);
});

test("a jump is marked", () => {
  expect(draw(scene).traces).toHaveLength(2);
});

test("a log axis starts above zero and has no area to zero", () => {
  const drawn = draw({ ...scene, scale: "log" });
  expect((drawn.layout["yaxis"] as { type: string }).type).toBe("log");
  expect(drawn.traces[0]).not.toHaveProperty("fill");
});

test("before the first answer there is an empty chart", () => {
  expect(draw({ ...scene, answer: null }).traces).toEqual([]);
});

test("a trace stands beneath the curve, with a line at each drop", () => {
  const traces = [{ metric: "val_loss", x: [0, 500], y: [3, 2], total: 2 }];
  const { traces: drawn, layout } = draw({ ...scene, answer: { ...answer, traces, drops: [100, 2000] } });
  expect(drawn.at(-1)).toMatchObject({ name: "val_loss", yaxis: "y2", x: [0, 500] });
  expect((layout["yaxis"] as { domain: number[] }).domain[0]).toBeGreaterThan(
    (layout["yaxis2"] as { domain: number[] }).domain[1] as number,
  );
  const beneath = (layout["shapes"] as { yref: string; x0: number }[]).filter(
    ({ yref }) => yref === "y2 domain",
  );
  expect(beneath.map(({ x0 }) => x0)).toEqual([100]);
  expect(draw(scene).layout).not.toHaveProperty("yaxis2");
});
