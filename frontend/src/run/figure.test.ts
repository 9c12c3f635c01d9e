import { expect, test } from "vitest";
import type { Palette } from "../chart/palette.ts";
import { seriesOf } from "../testing/samples.ts";
import { draw, type Scene } from "./figure.ts";
import { STEPS } from "./layout.ts";
import { placing } from "./timeline.ts";

const palette: Palette = {
  surface: "#fff",
  ink: "#000",
  muted: "#666",
  grid: "#eee",
  axis: "#ccc",
  plan: "#888",
  override: "#a50",
  overrideTint: "#fea",
  metric: "#080",
  bad: "#c00",
  rival: "#570",
  groups: ["#00f", "#0aa"],
};

function scene(changes: Partial<Scene> = {}): Scene {
  return {
    palette,
    range: [0, 10],
    step: 3,
    series: {
      "lr:main": seriesOf([0, 1, 2], [1e-4, 2e-4, 3e-4]),
      "plan:main": seriesOf([0, 1, 2], [1e-4, 2e-4, 3e-4]),
      loss: seriesOf([0, 1, 2], [3, 2, 1]),
    },
    plans: { main: { x: [0, 3, 9], y: [1e-4, 3e-4, 0], why: "" } },
    groups: ["main"],
    hidden: new Set(),
    metric: "loss",
    spans: [],
    overridden: false,
    forecast: null,
    present: null,
    rival: null,
    forward: null,
    annotations: [],
    picked: null,
    smoothing: 0,
    smooth: null,
    clip: false,
    axis: STEPS,
    lrScale: "linear",
    metricScale: "linear",
    before: { lr: null, metric: null },
    ...changes,
  };
}

function named(drawn: ReturnType<typeof draw>, name: string): { x: number[] }[] {
  return drawn.figure.traces.filter((trace) => (trace as { name?: string }).name === name) as {
    x: number[];
  }[];
}

test("the plan is drawn ahead only", () => {
  const plan = (changes: Partial<Scene>): object | undefined => named(draw(scene(changes)), "plan")[0];
  const recorded = { "lr:main": seriesOf([0, 1, 2], [1e-4, 2e-4, 3e-4]) };
  // It begins where the recorded line ends, also between two of its own points.
  expect(plan({ series: recorded })).toMatchObject({ x: [2, 3, 9], y: [expect.closeTo(7e-4 / 3), 3e-4, 0] });
  expect(plan({ step: 5, series: {} })).toMatchObject({ x: [5, 9], y: [expect.closeTo(2e-4), 0] });
  expect(plan({ step: 3, series: {} })).toMatchObject({ x: [3, 9] });
});

test("where an override has been, the plan of the past is drawn beside the lr", () => {
  const span = { id: "c", first: 1, last: 2, active: false, text: "scale 0.5", who: "ada", why: "<b>" };
  const drawn = draw(scene({ spans: [span] }));
  expect(named(drawn, "plan").map((trace) => trace.x)).toEqual([
    [0, 1, 2],
    [2, 3, 9],
  ]);
  expect(drawn.figure.layout["shapes"]).toHaveLength(2);
  expect(JSON.stringify(named(drawn, "override"))).toContain("scale 0.5 by ada (<b>)");
});

test("a proposal is drawn for the groups in view", () => {
  const group = {
    group: "main",
    x: [3, 9],
    planned: [1, 1],
    present: [1, 1],
    proposed: [0.5, 0.5],
    area_change: -0.5,
  };
  const forecast = { step: 3, text: "", groups: [group], refusal: null, why: "" };
  expect(named(draw(scene({ forecast })), "proposed")).toHaveLength(1);
  expect(named(draw(scene({ forecast, hidden: new Set(["main"]) })), "proposed")).toHaveLength(0);
});

test("while an override holds, where it leads is drawn from the present step on", () => {
  const group = {
    group: "main",
    x: [2, 3, 9],
    planned: [1, 1, 1],
    present: [2, 2, 2],
    proposed: [1, 1, 1],
    area_change: 0,
  };
  const present = { step: 2, text: "", groups: [group], refusal: null, why: "" };
  expect(named(draw(scene({ present })), "if it stays").map((trace) => trace.x)).toEqual([[3, 9]]);
});

test("values that are not finite are marked, never dropped", () => {
  const loss = { ...seriesOf([0, 1], [3, 2]), marks: [{ step: 2, value: "nan" as const }] };
  const series = { ...scene().series, loss };
  expect(named(draw(scene({ series })), "loss not finite")[0]?.x).toEqual([2]);
});

test("the value range follows what is in view", () => {
  const near = draw(scene({ range: [0, 1] }));
  const whole = draw(scene({ range: [0, 10] }));
  expect(near.lr[1]).toBeLessThanOrEqual(whole.lr[1]);
  expect(whole.lr[1]).toBeGreaterThan(3e-4);
});

test("a run without any point still has a chart", () => {
  const drawn = draw(scene({ series: {}, plans: {}, step: 0, metric: null }));
  expect(drawn.shown).toBe(0);
  expect(drawn.lr[1]).toBeGreaterThan(drawn.lr[0]);
});

test("a smoothed metric has its raw line faint behind it", () => {
  const drawn = draw(scene({ smoothing: 0.9 }));
  const [raw] = named(drawn, "loss") as unknown as { opacity: number; y: number[] }[];
  expect(raw?.opacity).toBeLessThan(0.5);
  expect(raw?.y).toEqual([3, 2, 1]);
  expect(named(drawn, "loss smoothed").map((trace) => trace.x)).toEqual([[0, 1, 2]]);
});

test("a clipped axis says how many points lie beyond it", () => {
  const x = Array.from({ length: 60 }, (_, at) => at);
  const y = x.map((at) => (at === 30 ? 1e6 : 1 + at / 60));
  const series = { ...scene().series, loss: seriesOf(x, y) };
  const whole = draw(scene({ series, range: [0, 60] }));
  const clipped = draw(scene({ series, range: [0, 60], clip: true }));
  expect(whole.clipped).toBe(0);
  expect(clipped.clipped).toBe(1);
  expect(clipped.metric[1]).toBeLessThan(10);
});

test("annotations stand at their steps, and what they say is text", () => {
  const note = {
    id: 1,
    run: "r1",
    step: 2,
    text: "<b>new data</b>",
    written_by: "ada",
    written_at: 1,
    edited_by: null,
    edited_at: null,
  };
  const drawn = draw(scene({ annotations: [note] }));
  const [trace] = named(drawn, "note") as unknown as { x: number[]; text: string[] }[];
  expect(trace?.x).toEqual([2]);
  expect(trace?.text).toEqual(["&lt;b&gt;new data&lt;/b&gt;"]);
});

test("by time, every point and every mark moves with its step", () => {
  const line = { steps: [0, 10], seconds: [0, 50], firstAt: 1000 };
  const axis = { kind: "relative" as const, place: placing("relative", line) };
  const drawn = draw(scene({ axis, picked: 4 }));
  expect(named(drawn, "loss").map((trace) => trace.x)).toEqual([[0, 5, 10]]);
  expect((drawn.figure.layout["xaxis"] as { range: number[] }).range).toEqual([0, 50]);
  const shapes = drawn.figure.layout["shapes"] as { x0: number }[];
  expect(shapes.map((shape) => shape.x0)).toContain(20);
});

test("the group under the mouse comes forward: the others step back", () => {
  const drawn = draw(scene({ groups: ["main", "head"], forward: "head" }));
  const [back] = named(drawn, "lr main") as unknown as { opacity: number }[];
  const [front] = named(drawn, "lr head") as unknown as { opacity?: number }[];
  expect(back?.opacity).toBeLessThan(0.3);
  expect(front?.opacity ?? 1).toBe(1);
});

test("a design held against the run is drawn, and does not drag the lr axis down to where it ends", () => {
  const alone = draw(scene({ lrScale: "log" }));
  const held = draw(
    scene({ lrScale: "log", rival: { name: "design", x: [0, 5, 9], y: [3e-4, 1e-4, 1e-9] } }),
  );
  expect(named(held, "design")).toHaveLength(1);
  expect(held.lr[0]).toBeCloseTo(alone.lr[0], 6);
});
