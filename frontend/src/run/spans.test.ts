import { expect, test } from "vitest";
import { commandRecord } from "../testing/samples.ts";
import { spans, tinted } from "./spans.ts";

test("only what was applied has a span", () => {
  expect(spans([commandRecord({}, ["requested", "rejected"])])).toEqual([]);
  expect(spans([commandRecord({ kind: "release" }, ["requested", "applied"], 9)])).toEqual([]);
});

test("a span goes from the applied to the ended step", () => {
  const ended = commandRecord({}, ["requested", "applied"], 100);
  ended.events.push({ ...(ended.events[1] as (typeof ended.events)[number]), state: "ended", step: 140 });
  expect(spans([ended])[0]).toMatchObject({ first: 100, last: 140, who: "ada" });
});

test("one that holds for a count of steps has its end known in advance", () => {
  const request = { kind: "scale", factor: 0.5, for_steps: 50 } as const;
  const active = commandRecord({ request, active: true }, ["requested", "applied"], 100);
  expect(spans([active])[0]?.last).toBe(150);
});

test("tints are joined where they touch", () => {
  const one = { id: "", active: true, text: "", who: "", why: "" };
  const found = [
    { ...one, first: 10, last: 20 },
    { ...one, first: 15, last: 18 },
    { ...one, first: 20, last: 30 },
    { ...one, first: 50, last: null },
  ];
  expect(tinted(found, 60)).toEqual([
    [10, 30],
    [50, 60],
  ]);
});
