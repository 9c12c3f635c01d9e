import { expect, test } from "vitest";
import type { Series } from "../api/types.ts";
import { append, EMPTY, extent, overlay, rank, slice, thin } from "./series.ts";

function ramp(first: number, last: number, value: (step: number) => number = (step) => step): Series {
  const x = Array.from({ length: last - first }, (_, index) => first + index);
  return { x, y: x.map(value), marks: [], total: x.length };
}

test("rank counts what lies below", () => {
  expect(rank([1, 3, 5], 0)).toBe(0);
  expect(rank([1, 3, 5], 3)).toBe(1);
  expect(rank([1, 3, 5], 9)).toBe(3);
});

test("live points follow the snapshot", () => {
  const joined = append(ramp(0, 10), ramp(10, 15), 100);
  expect(joined.x).toEqual(ramp(0, 15).x);
  expect(joined.total).toBe(15);
});

test("a job that went back takes its steps again", () => {
  const joined = append(
    ramp(0, 10),
    ramp(6, 8, () => -1),
    100,
  );
  expect(joined.x).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(joined.y.slice(6)).toEqual([-1, -1]);
  expect(joined.total).toBe(8);
});

test("marks alone are points too", () => {
  const more: Series = { x: [], y: [], marks: [{ step: 12, value: "nan" }], total: 1 };
  const joined = append(ramp(0, 10), more, 100);
  expect(joined.marks).toEqual([{ step: 12, value: "nan" }]);
  expect(joined.total).toBe(11);
});

test("nothing new leaves the series as it is", () => {
  const series = ramp(0, 3);
  expect(append(series, EMPTY, 10)).toBe(series);
});

test("memory stays bounded over a long run, and the extremes survive", () => {
  let series = EMPTY;
  for (let start = 0; start < 50_000; start += 50) {
    series = append(
      series,
      ramp(start, start + 50, (step) => (step === 12_345 ? 99 : Math.sin(step))),
      2000,
    );
    expect(series.x.length).toBeLessThanOrEqual(2000);
  }
  expect(series.total).toBe(50_000);
  expect(series.x[0]).toBe(0);
  expect(series.x.at(-1)).toBe(49_999);
  expect(series.y[series.x.indexOf(12_345)]).toBe(99);
  expect(series.x.every((step, index) => index === 0 || step > (series.x[index - 1] as number))).toBe(true);
});

test("thinning equals brute force in every bucket", () => {
  const series = ramp(0, 997, (step) => ((step * 7919) % 1009) - 500);
  const buckets = 31;
  const thinned = thin(series, buckets);
  const span = 997;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const inside = (step: number): boolean =>
      step >= (bucket * span) / buckets && step < ((bucket + 1) * span) / buckets;
    const all = series.y.filter((_, index) => inside(series.x[index] as number));
    const kept = thinned.y.filter((_, index) => inside(thinned.x[index] as number));
    expect(extent(kept)).toEqual(extent(all));
  }
});

test("a finer stretch replaces its part of the coarse one", () => {
  const coarse: Series = { x: [0, 50, 100], y: [0, 5, 10], marks: [], total: 101 };
  const fine: Series = { x: [40, 45, 55], y: [4, 4.5, 5.5], marks: [], total: 20 };
  expect(overlay(coarse, fine, 40, 60).x).toEqual([0, 40, 45, 55, 100]);
});

test("slices are half open", () => {
  expect(slice(ramp(0, 10), 3, 6).x).toEqual([3, 4, 5]);
});
