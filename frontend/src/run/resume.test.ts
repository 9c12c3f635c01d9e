import { expect, test } from "vitest";
import type { PlanInfo, ResumeInfo } from "../api/types.ts";
import { commandRecord } from "../testing/samples.ts";
import { isAnswered, lrRows } from "./resume.ts";

const plan: PlanInfo = { origin: "rheostat", text: "hold", total: 100, epoch: null, base: {}, why: "" };
const info: ResumeInfo = {
  step: 50,
  old: plan,
  new: plan,
  old_lr: { head: 3e-4, body: 1e-4 },
  new_lr: { head: 1e-4, tail: 2e-4 },
  choices: [],
};

test("every group that either plan knows has a row", () => {
  expect(lrRows(info)).toEqual([
    { group: "head", before: 3e-4, after: 1e-4 },
    { group: "body", before: 1e-4, after: null },
    { group: "tail", before: null, after: 2e-4 },
  ]);
});

test("a command that was applied after the resume answers it, an earlier one does not", () => {
  expect(isAnswered(info, [commandRecord({}, ["applied"], 40)])).toBe(false);
  expect(isAnswered(info, [commandRecord({}, ["requested"])])).toBe(false);
  expect(isAnswered(info, [commandRecord({}, ["applied"], 60)])).toBe(true);
});
