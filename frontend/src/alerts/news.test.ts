import { expect, test } from "vitest";
import type { Alert } from "../api/types.ts";
import { alertOf } from "../testing/samples.ts";
import { newsOf } from "./news.ts";

const here = (run: string): string | null => (run === "r1" ? "" : null);
const heard = (alerts: Alert[], last: number): string | undefined => newsOf(alerts, last, here)?.words;

test("an alert is said once, with its step", () => {
  expect(newsOf([alertOf()], 0, here)).toEqual({ words: "Alert: loss is 9 at step 10", last: 1 });
  expect(newsOf([alertOf()], 1, here)).toBeNull();
});

test("of several the newest is said and the others are counted", () => {
  const three = [
    alertOf({ id: 2 }),
    alertOf({ id: 4, message: "loss is nan", step: null }),
    alertOf({ id: 3 }),
  ];
  expect(newsOf(three, 2, here)).toEqual({ words: "Alert: loss is nan, and 1 more", last: 4 });
});

test("what somebody has seen, or another page shows, is not said", () => {
  expect(heard([alertOf({ acknowledged_at: 5 })], 0)).toBeUndefined();
  expect(heard([alertOf({ run: "r2" })], 0)).toBeUndefined();
});

test("a page of many runs says which one it is", () => {
  expect(newsOf([alertOf()], 0, (run) => ` in ${run}`)?.words).toBe("Alert in r1: loss is 9 at step 10");
});
