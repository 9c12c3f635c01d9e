import { expect, test } from "vitest";
import type { ForecastAnswer } from "../api/types.ts";
import { commandRecord } from "../testing/samples.ts";
import { areaWords, duration, effects, holding, life, roundTrip, sentence } from "./words.ts";

function forecast(groups: string[]): ForecastAnswer {
  return {
    step: 1204,
    text: "scale 0.5",
    groups: groups.map((group) => ({
      group,
      x: [1200, 1204, 1300],
      planned: [3e-4, 3e-4, 2e-4],
      present: [3e-4, 3e-4, 2e-4],
      proposed: [3e-4, 1.5e-4, 1e-4],
      area_change: -0.5,
    })),
    refusal: null,
    why: "",
  };
}

test("the sentence names both values, the step and the end", () => {
  expect(sentence({ kind: "scale", factor: 0.5 }, forecast(["main"]), [])).toBe(
    "3.0e-4 → 1.5e-4 from about step 1,204, until released",
  );
});

test("several groups are named", () => {
  expect(sentence({ kind: "scale", factor: 0.5, for_steps: 200 }, forecast(["head", "body"]), [])).toBe(
    "head 3.0e-4 → 1.5e-4, body 3.0e-4 → 1.5e-4 from about step 1,204, for 200 steps",
  );
});

const groups = [
  { name: "head", parameters: 1, planned: 1e-2, effective: 1e-2 },
  { name: "body", parameters: 1, planned: 1e-3, effective: 1e-3 },
];

test("where the plan is unknown, the present lr is what it starts from", () => {
  const unknown = forecast([]);
  expect(sentence({ kind: "scale", factor: 0.5 }, unknown, groups)).toBe(
    "head 1.0e-2 → 5.0e-3, body 1.0e-3 → 5.0e-4 from about step 1,204, until released",
  );
  expect(effects({ kind: "hold", value: 2e-2 }, unknown, groups).map((effect) => effect.after)).toEqual([
    2e-2, 2e-3,
  ]);
  expect(effects({ kind: "scale", factor: 2, groups: ["body"] }, unknown, groups)).toHaveLength(1);
});

test("with nothing known at all the command's own words stand in", () => {
  expect(sentence({ kind: "hold", value: 1e-4 }, { ...forecast([]), text: "hold 1e-4" }, [])).toBe(
    "hold 1e-4 from about step 1,204, until released",
  );
});

test("durations", () => {
  expect(duration({ kind: "hold", until_step: 5000 })).toBe("until step 5,000");
  expect(duration({ kind: "release" })).toBe("");
});

test("effects are taken at the first step that changes", () => {
  expect(effects({ kind: "scale", factor: 0.5 }, forecast(["main"]), groups)).toEqual([
    { group: "main", before: 3e-4, after: 1.5e-4 },
  ]);
  expect(areaWords(forecast(["main"]))).toContain("−50 %");
});

test("a life in words", () => {
  expect(life(commandRecord({}, ["requested"])).text).toBe("sent, waiting for the job");
  expect(life(commandRecord({}, ["requested", "accepted"])).text).toBe("received by the job");
  expect(life(commandRecord({}, ["requested", "accepted", "applied"], 1204)).text).toBe(
    "applied at step 1,204",
  );
  expect(life(commandRecord({ kind: "release" }, ["requested", "applied", "ended"], 9)).text).toBe(
    "applied at step 9",
  );
});

test("a refusal says why", () => {
  const refused = commandRecord({}, ["requested", "rejected"]);
  const last = refused.events[1];
  if (last) last.message = "lr 5 is above the limit 3.0e-3";
  expect(life(refused)).toEqual({ stage: "refused", text: "refused: lr 5 is above the limit 3.0e-3" });
});

test("ids of other commands stay out of the words", () => {
  const ended = commandRecord({}, ["requested", "applied", "ended"], 9);
  const last = ended.events[2];
  if (last) last.message = "released by d082a430ea6cd15a0523d0b47742df0c";
  expect(life(ended).text).toBe("applied at step 9, ended at step 9: released");
});

test("who holds the dial, and how fast it was", () => {
  const record = commandRecord({}, ["requested", "applied"], 104);
  expect(holding(record)).toBe("scale 0.5, since step 104");
  expect(roundTrip(record)).toBeCloseTo(100, 3);
  expect(roundTrip(commandRecord())).toBeNull();
});
