import { expect, test } from "vitest";
import { faded } from "./colour.ts";

test("a computed colour gets the opacity", () => {
  expect(faded("rgb(31, 95, 214)", 0.08)).toBe("rgba(31, 95, 214, 0.08)");
  expect(faded("rgba(31, 95, 214, 0.5)", 0.08)).toBe("rgba(31, 95, 214, 0.08)");
});
