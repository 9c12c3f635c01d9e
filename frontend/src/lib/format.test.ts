import { expect, test } from "vitest";
import * as format from "./format.ts";

test("lr", () => {
  expect(format.lr(3e-4)).toBe("3.0e-4");
  expect(format.lr(0)).toBe("0");
  expect(format.lr(null)).toBe("–");
  expect(format.lr(1)).toBe("1.0e+0");
  expect(format.lr(Number.NaN)).toBe("NaN");
});

test("an exact lr has no more digits than it needs", () => {
  expect(format.lrExact(3e-4)).toBe("3.0e-4");
  expect(format.lrExact(1.5e-4)).toBe("1.5e-4");
  expect(format.lrExact(3.125e-4)).toBe("3.125e-4");
  expect(format.lrExact(3.00000007e-5)).toBe("3.0e-5");
  expect(format.lrExact(3.0068e-5)).toBe("3.0068e-5");
  expect(format.lrExact(1 / 3)).toBe("3.3333e-1");
});

test("a brief lr keeps a third digit only where it says something", () => {
  expect(format.lrBrief(3e-4)).toBe("3.0e-4");
  expect(format.lrBrief(1.52994e-3)).toBe("1.53e-3");
  expect(format.lrBrief(0)).toBe("0");
});

test("counts", () => {
  expect(format.count(12040)).toBe("12,040");
  expect(format.count(null)).toBe("–");
});

test("metrics", () => {
  expect(format.metric(2.34567)).toBe("2.346");
  expect(format.metric(0.00001234)).toBe("1.23e-5");
  expect(format.metric(12345.6)).toBe("12,346");
  expect(format.metric(Number.POSITIVE_INFINITY)).toBe("inf");
});

test("rates", () => {
  expect(format.rate(48.23)).toBe("48.2");
  expect(format.rate(0.514)).toBe("0.51");
  expect(format.rate(1204.4)).toBe("1,204");
});

test("shares and changes", () => {
  expect(format.percent(0.2)).toBe("20 %");
  expect(format.percent(0.025)).toBe("2.5 %");
  expect(format.change(-0.23)).toBe("−23 %");
  expect(format.change(0.5)).toBe("+50 %");
  expect(format.change(0)).toBe("±0 %");
});

test("durations", () => {
  expect(format.duration(4.4)).toBe("4 s");
  expect(format.duration(200)).toBe("3 min 20 s");
  expect(format.duration(7500)).toBe("2 h 05 min");
  expect(format.duration(277200)).toBe("3 d 5 h");
  expect(format.duration(-3)).toBe("0 s");
});

test("ages", () => {
  expect(format.ago(100, 101)).toBe("now");
  expect(format.ago(100, 140)).toBe("40 s ago");
});

test("a moment is the time of day within a day, and the date beyond", () => {
  const now = Date.UTC(2026, 0, 31, 12) / 1000;
  expect(format.moment(now - 3600, now)).toMatch(/^\d\d:\d\d$/);
  expect(format.moment(now - 3 * 86_400, now)).toBe("28 Jan");
});
