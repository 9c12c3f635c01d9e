import { expect, test } from "vitest";
import { runDetail } from "../testing/samples.ts";
import { whyLocked } from "./lock.ts";

const fine = { mayControl: true, connected: true, age: 0.5 };

test("a live run with control is open", () => {
  expect(whyLocked(runDetail(), fine)).toBeNull();
});

test.each([
  [runDetail(), { ...fine, mayControl: false }, "viewer"],
  [runDetail({ control: false }), fine, "control=False"],
  [runDetail({ state: "finished" }), fine, "finished"],
  [runDetail({ state: "crashed" }), fine, "crashed"],
  [runDetail({ state: "stopped" }), fine, "stopped"],
  [runDetail({ state: "silent" }), fine, "silent"],
  [runDetail(), { ...fine, connected: false }, "cut off"],
  [runDetail(), { ...fine, age: 11 }, "not heard"],
])("locked, with the reason (%#)", (run, surroundings, word) => {
  expect(whyLocked(run, surroundings)).toContain(word);
});
