import { expect, test } from "vitest";
import { runSummary } from "../testing/samples.ts";
import { fromQuery, NEWEST, ordered, toQuery, turned } from "./order.ts";

const runs = [
  runSummary({ id: "a", name: "Beta", step: 5, value: 2, started_at: 1 }),
  runSummary({ id: "b", name: "alpha", step: 9, value: null, started_at: 2 }),
  runSummary({ id: "c", name: "gamma", step: 7, value: 1, started_at: 3 }),
];
const ids = (by: Parameters<typeof ordered>[1]): string =>
  ordered(runs, by)
    .map((run) => run.id)
    .join("");

test("any column sorts, either way", () => {
  expect(ids(NEWEST)).toBe("cba");
  expect(ids({ by: "name", down: false })).toBe("bac");
  expect(ids({ by: "step", down: true })).toBe("bca");
  expect(ids({ by: "step", down: false })).toBe("acb");
});

test("what has no value stands last either way", () => {
  expect(ids({ by: "value", down: true })).toBe("acb");
  expect(ids({ by: "value", down: false })).toBe("cab");
});

test("a head's clicks go round", () => {
  const first = turned(NEWEST, "step");
  expect(first).toEqual({ by: "step", down: true });
  expect(turned(first, "step")).toEqual({ by: "step", down: false });
  expect(turned(turned(first, "step"), "step")).toEqual(NEWEST);
  expect(turned(NEWEST, "name")).toEqual({ by: "name", down: false });
});

test("the address holds it all, and nothing where nothing was chosen", () => {
  const shown = { typed: "live demo", order: { by: "lr", down: false } as const, archived: true };
  expect(fromQuery(toQuery(shown))).toEqual(shown);
  expect(toQuery({ typed: "", order: NEWEST, archived: false })).toBe("");
  expect(fromQuery("?sort=nonsense").order).toEqual(NEWEST);
});
