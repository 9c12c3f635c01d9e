import { expect, test } from "vitest";
import { lrTicks } from "./ticks.ts";

test("round values, spelled like an lr", () => {
  expect(lrTicks([-1e-5, 3.2e-4], "linear").ticktext).toEqual(["0", "1e-4", "2e-4", "3e-4"]);
  expect(lrTicks([0, 0.055], "linear").ticktext).toEqual(["0", "1e-2", "2e-2", "3e-2", "4e-2", "5e-2"]);
});

test("a log axis names decades, and more where few are in view", () => {
  expect(lrTicks([-6, -2], "log").ticktext).toEqual(["1e-6", "1e-5", "1e-4", "1e-3", "1e-2"]);
  expect(lrTicks([-4.1, -3], "log").ticktext).toEqual(["1e-4", "2e-4", "5e-4", "1e-3"]);
});

test("whatever the range, labels are few, ascending and inside", () => {
  for (let size = -12; size < 4; size += 1) {
    for (const share of [0.13, 0.5, 0.97]) {
      const high = 10 ** size;
      const { tickvals } = lrTicks([high * share, high], "linear");
      expect(tickvals.length).toBeGreaterThan(1);
      expect(tickvals.length).toBeLessThan(9);
      expect(tickvals.every((value, index) => index === 0 || value > (tickvals[index - 1] as number))).toBe(
        true,
      );
    }
  }
});
