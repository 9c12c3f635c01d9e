import { expect, test } from "vitest";
import { scaled, slid } from "./move.ts";

test("a stretch moves aside as it is, and stops at 0", () => {
  expect(slid([100, 200], 0.5)).toEqual([150, 250]);
  expect(slid([100, 200], -2)).toEqual([0, 100]);
});

test("a stretch gets shorter around the cursor, which stays where it is on the screen", () => {
  expect(scaled([100, 200], 0.5, 120)).toEqual([110, 160]);
  expect(scaled([0, 100], 2, 50)).toEqual([0, 200]);
});
