import { expect, test } from "vitest";
import { held, scaled, slid } from "./move.ts";

test("a stretch moves aside as it is, and stops at 0", () => {
  expect(slid([100, 200], 0.5)).toEqual([150, 250]);
  expect(slid([100, 200], -2)).toEqual([0, 100]);
});

test("a stretch gets shorter around the cursor, which stays where it is on the screen", () => {
  expect(scaled([100, 200], 0.5, 120)).toEqual([110, 160]);
  expect(scaled([0, 100], 2, 50)).toEqual([0, 200]);
});

test("fingers hold what they touch: apart they zoom in, side by side they move", () => {
  const about = (...range: number[]): unknown[] => range.map((edge) => expect.closeTo(edge));
  expect(held([120, 140], [0.2, 0.4])).toEqual(about(100, 200));
  expect(held([120, 140], [0, 1])).toEqual(about(120, 140));
  expect(held([120, 140], [0.4, 0.6])).toEqual(about(80, 180));
  expect(held([10, 30], [0.4, 0.6])).toEqual(about(0, 100));
  expect(held([120, 140], [0.5, 0.505])).toBeNull();
});
