import { expect, test } from "vitest";
import { answer } from "../testing/previews.ts";
import { csvOf } from "./csv.ts";

test("a curve is steps and lrs", () => {
  expect(csvOf(answer)).toBe("step,lr\n0,0\n50,0.0003\n999,0.00003");
});

test("groups stand in front, quoted where they must be", () => {
  const curves = [{ group: 'a,"b"', x: [0], y: [1] }];
  const lines = csvOf({ ...answer, groups: ["body", 'a,"b"'], curves }).split("\n");
  expect(lines[0]).toBe("group,step,lr");
  expect(lines[1]).toBe("body,0,0");
  expect(lines.at(-1)).toBe('"a,""b""",0,1');
});
