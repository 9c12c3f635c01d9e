import { expect, test } from "vitest";
import type { Series } from "../api/types.ts";
import { slice } from "../lib/series.ts";
import { smoothed } from "../lib/smooth.ts";
import { seriesOf } from "../testing/samples.ts";
import { isOvertaken, type Smooth, smoothLine, windowFor } from "./smooth.ts";

const WEIGHT = 0.9;
const steps = (first: number, last: number, every = 1): number[] =>
  Array.from({ length: Math.ceil((last - first) / every) }, (_, at) => first + at * every);
/** A loss with noise that is the same every time. */
const loss = (step: number): number => 3 * Math.exp(-step / 400) + ((step * 7919) % 13) / 13;
const logged = (x: number[]): Series => seriesOf(x, x.map(loss));

/** What the server answers for the points of `series` in [first, last). */
function answer(series: Series, first: number, last: number, weight = WEIGHT): Smooth {
  const { x, y, total } = slice(series, 0, last);
  return {
    weight,
    first,
    last,
    series: { loss: { x, y: smoothed(x, y, weight, total), marks: [], total } },
    cursor: 100,
  };
}

test("points that came since the server's answer carry the same mean on", () => {
  const whole = logged(steps(0, 600, 2));
  const known = { ...answer(slice(whole, 0, 400), 0, 400), last: Number.POSITIVE_INFINITY };
  const line = smoothLine(whole, "loss", WEIGHT, known);
  expect(line?.x).toEqual(whole.x);
  const wanted = smoothed(whole.x, whole.y, WEIGHT, whole.total);
  line?.y.forEach((value, at) => {
    expect(value).toBeCloseTo(wanted[at] as number, 9);
  });
});

test("where the server has smoothed, its mean over every point stands, not that over the few shown", () => {
  const every = logged(steps(0, 1000));
  const few = { ...slice(every, 0, 1000), ...logged(steps(0, 1000, 25)), total: 1000 };
  const known = answer(every, 300, 500);
  const line = smoothLine(few, "loss", WEIGHT, known);
  const inside = slice(seriesOf([...(line?.x ?? [])], [...(line?.y ?? [])]), 300, 500);
  expect(inside.x).toEqual(steps(300, 500));
  expect(inside.y).toEqual(slice(known.series["loss"] as Series, 300, 500).y);
  expect(line?.x.at(0)).toBe(0);
  expect(line?.x.at(-1)).toBe(975);
});

test("without an answer for this weight the points there are will do; few points have no smooth line", () => {
  const raw = logged(steps(0, 50));
  const plain = smoothed(raw.x, raw.y, WEIGHT, raw.total);
  expect(smoothLine(raw, "loss", WEIGHT, null)?.y).toEqual(plain);
  expect(smoothLine(raw, "loss", WEIGHT, answer(raw, 0, 50, 0.5))?.y).toEqual(plain);
  expect(smoothLine(raw, "loss", 0, answer(raw, 0, 50))).toBeNull();
  expect(smoothLine(logged([0, 1]), "loss", WEIGHT, null)).toBeNull();
});

test("a stretch is asked for with as much before it as its mean is made of, in columns as wide", () => {
  const raw = { ...logged(steps(0, 10_000, 100)), total: 1000 };
  expect(windowFor(raw, null, WEIGHT, 300)).toEqual({ width: 300 });
  const { from, to, width } = windowFor(raw, [5000, 6000], WEIGHT, 300);
  expect(WEIGHT ** ((5000 - (from as number)) / (9900 / 999))).toBeLessThan(1e-3);
  expect(to).toBe(6000);
  expect((6000 - (from as number)) / width).toBeCloseTo(1000 / 300, 1);
  expect(windowFor(raw, [20, 60], 0.99, 300)).toMatchObject({ from: 0, to: 60 });
  expect(windowFor(raw, [9990, 9991], 0.99, 300).width).toBe(4000);
  expect(windowFor(raw, [9000, Number.POSITIVE_INFINITY], WEIGHT, 300)).not.toHaveProperty("to");
});

test("steps that are taken again end what was smoothed over them, those already counted do not", () => {
  const known = answer(logged(steps(0, 400)), 0, 400);
  expect(isOvertaken(known, 100, { loss: logged([400, 401]) })).toBe(false);
  expect(isOvertaken(known, 100, { loss: logged([300, 301]) })).toBe(true);
  expect(isOvertaken(known, 90, { loss: logged([398, 399]) })).toBe(false);
  expect(isOvertaken(known, 100, { other: logged([3]) })).toBe(false);
});
