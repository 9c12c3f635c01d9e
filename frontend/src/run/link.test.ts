import { expect, test } from "vitest";
import { fromQuery, PLAIN, type Seen, toQuery } from "./link.ts";
import { follow, START, zoomTo } from "./view.ts";

const seen: Seen = {
  view: zoomTo(START, 100, 900),
  metric: "val loss",
  axis: "wall",
  lr: "linear",
  metricScale: "log",
  logs: ["grad_norm"],
  smoothing: 0.9,
  clip: true,
  panels: { pinned: ["acc"], order: ["b", "a"], hidden: ["lr_raw"] },
};

test("a view comes back from its own link", () => {
  expect(fromQuery(toQuery(seen))).toEqual(seen);
  const recent = { ...seen, view: follow(START, "recent") };
  expect(fromQuery(toQuery(recent))).toEqual(recent);
});

test("what a new browser shows by itself needs no query, and no query changes nothing", () => {
  expect(toQuery(PLAIN)).toBe("");
  expect(fromQuery("")).toBeNull();
});

test("nonsense in a link is left out", () => {
  expect(fromQuery("?from=x&to=5&by=moon&smooth=7")).toMatchObject({
    view: START,
    axis: "step",
    smoothing: 0,
  });
});
