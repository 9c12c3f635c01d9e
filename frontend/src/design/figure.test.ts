import { expect, test } from "vitest";
import type { Palette } from "../chart/palette.ts";
import { answer } from "../testing/previews.ts";
import { draw, type Scene } from "./figure.ts";
import { viewOf } from "./view.ts";

const palette = { grid: "#eee", muted: "#666", override: "#a50", groups: ["#00f"] } as unknown as Palette;
const scene: Scene = {
  palette,
  answer,
  ghosts: [],
  view: viewOf(answer, [], "linear", null),
  unit: "steps",
  width: 800,
};

test("parts are parted, and named where there is room", () => {
  const { layout } = draw(scene);
  expect(layout["shapes"]).toHaveLength(1);
  expect((layout["annotations"] as { text: string }[]).map((label) => label.text)).toEqual(["hold"]);
  const near = draw({ ...scene, view: viewOf(answer, [], "linear", [0, 60]) });
  expect((near.layout["annotations"] as { text: string }[]).map((label) => label.text)).toEqual([
    "linear",
    "hold",
  ]);
});

test("a jump is marked", () => {
  expect(draw(scene).traces).toHaveLength(2);
});

test("a log axis starts above zero and has no area to zero", () => {
  const drawn = draw({ ...scene, view: viewOf(answer, [], "log", null) });
  expect((drawn.layout["yaxis"] as { type: string }).type).toBe("log");
  expect(drawn.traces[0]).not.toHaveProperty("fill");
});

test("before the first answer there is an empty chart", () => {
  expect(draw({ ...scene, answer: null }).traces).toEqual([]);
});

test("a trace stands beneath the curve, with a line at each drop", () => {
  const traces = [{ metric: "val_loss", x: [0, 500], y: [3, 2], total: 2 }];
  const tried = { ...answer, traces, drops: [100, 2000] };
  const { traces: drawn, layout } = draw({
    ...scene,
    answer: tried,
    view: viewOf(tried, [], "linear", null),
  });
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

test("groups and ghosts are drawn beneath the curve, ghosts with a dash", () => {
  const curves = [{ group: "head", x: [0, 999], y: [1e-3, 0] }];
  const ghost = { name: "A", colour: 0, x: [0, 999], y: [2e-4, 2e-4], total: 1000 };
  const { traces } = draw({
    ...scene,
    answer: { ...answer, groups: ["body", "head"], curves },
    ghosts: [ghost],
  });
  expect(traces.map((trace) => (trace as { name: string }).name)).toEqual(["A", "head", "body", "jump"]);
  expect(traces[0]).toMatchObject({ line: { dash: "dash" } });
});

test("the step axis speaks epochs", () => {
  const known = { ...answer, epoch: 250 };
  const { layout } = draw({ ...scene, answer: known, unit: "epochs" });
  expect((layout["xaxis"] as { ticktext: string[] }).ticktext).toContain("4 ep");
});
