import { expect, test } from "vitest";
import { answer as known } from "../testing/previews.ts";
import { placeIn, ticksIn, unitsOf } from "./units.ts";

const answer = { ...known, epoch: 250, step_tokens: 4e6 };

test("the units are those that are known", () => {
  expect(unitsOf(null)).toEqual(["steps"]);
  expect(unitsOf(known)).toEqual(["steps"]);
  expect(unitsOf(answer)).toEqual(["steps", "epochs", "tokens"]);
});

test("labels stand at round epochs, placed in steps", () => {
  expect(ticksIn(answer, "epochs", [0, 1000], 800)).toEqual({
    tickmode: "array",
    tickvals: [0, 125, 250, 375, 500, 625, 750, 875, 1000],
    ticktext: ["0 ep", "0.5 ep", "1 ep", "1.5 ep", "2 ep", "2.5 ep", "3 ep", "3.5 ep", "4 ep"],
  });
  expect(ticksIn(answer, "tokens", [0, 1000], 800)?.ticktext.slice(0, 3)).toEqual([
    "0 tok",
    "500M tok",
    "1B tok",
  ]);
});

test("a narrow chart has fewer labels", () => {
  expect(ticksIn(answer, "epochs", [0, 1000], 300)?.ticktext).toEqual(["0 ep", "2 ep", "4 ep"]);
});

test("steps, and units that are not known, are left to the axis", () => {
  expect(ticksIn(answer, "steps", [0, 1000], 800)).toBeNull();
  expect(ticksIn(known, "epochs", [0, 1000], 800)).toBeNull();
});

test("a step in words", () => {
  expect(placeIn(answer, "epochs", 600)).toBe("epoch 2.4");
  expect(placeIn(answer, "tokens", 300)).toBe("1.2B tokens");
  expect(placeIn(answer, "steps", 300)).toBe("");
});
