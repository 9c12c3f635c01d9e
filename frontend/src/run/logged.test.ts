import { expect, test } from "vitest";
import { seriesOf } from "../testing/samples.ts";
import { asText, valuesAt } from "./logged.ts";

const answer = {
  run: "r1",
  cursor: 1,
  series: {
    "lr:main": seriesOf([7], [2.9999999e-4]),
    loss: { x: [], y: [], marks: [{ step: 7, value: "nan" as const }], total: 1 },
    accuracy: seriesOf([8], [0.5]),
  },
};

test("only what was logged at the very step is told, with all its digits", () => {
  expect(valuesAt(answer, 7)).toEqual([
    { name: "lr:main", value: "0.00029999999" },
    { name: "loss", value: "nan" },
  ]);
});

test("the text to copy has a line for each", () => {
  expect(asText(7, valuesAt(answer, 7))).toBe("step\t7\nlr:main\t0.00029999999\nloss\tnan");
});
