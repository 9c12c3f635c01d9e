import { expect, test } from "vitest";
import { asSchedule, type Spot, simplified, withSpot } from "./drawing.ts";

const drawn = (lr: (x: number) => number): Spot[] =>
  Array.from({ length: 101 }, (_, at) => ({ x: at * 10, lr: lr(at * 10) }));

test("a straight line is its two ends", () => {
  expect(
    asSchedule(
      drawn((x) => 1e-3 * (1 - x / 1000)),
      1e-3,
    ),
  ).toBe("keys { 0: 1e-3; 1000: 0 }");
});

test("a corner is a key of its own", () => {
  const text = asSchedule(
    drawn((x) => (x < 500 ? 1e-3 : 1e-3 - (x - 500) * 2e-6)),
    1e-3,
  );
  expect(text).toBe("keys { 0: 1e-3; 500: 1e-3; 1000: 0 }");
});

test("however wild the hand, the keys stay few and the curve near", () => {
  const spots = drawn((x) => 1e-3 * (0.5 + 0.5 * Math.sin(x / 7)));
  expect(simplified(spots, 1e-3).length).toBeLessThanOrEqual(24);
});

test("a later stroke goes over an earlier one", () => {
  const spots = withSpot(
    [
      { x: 10, lr: 1 },
      { x: 50, lr: 1 },
    ],
    { x: 12, lr: 2 },
    5,
  );
  expect(spots).toEqual([
    { x: 50, lr: 1 },
    { x: 12, lr: 2 },
  ]);
});

test("a curve that begins later holds its first value until then; a dot is no curve", () => {
  expect(
    asSchedule(
      [
        { x: 100, lr: 2e-4 },
        { x: 200, lr: 1e-4 },
      ],
      1e-3,
    ),
  ).toBe("keys { 0: 2e-4; 100: 2e-4; 200: 1e-4 }");
  expect(asSchedule([{ x: 100, lr: 2e-4 }], 1e-3)).toBe("");
});
