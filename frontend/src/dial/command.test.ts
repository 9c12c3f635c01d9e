import { expect, test } from "vitest";
import { asPython, asShell } from "./command.ts";

test("a command in a terminal", () => {
  expect(asShell("r1", { kind: "scale", factor: 0.5, for_steps: 200 })).toBe(
    "rheostat scale r1 0.5 --for-steps 200",
  );
  expect(asShell("r1", { kind: "ramp", value: 1e-4, over: 500, until_step: 9000, groups: ["head"] })).toBe(
    "rheostat ramp r1 0.0001 --over 500 --groups head --until-step 9000",
  );
});

test("what a shell would read as more than a word is quoted", () => {
  expect(asShell("r1", { kind: "swap", schedule: "cosine -> 0", reason: "it's time" })).toBe(
    "rheostat swap r1 'cosine -> 0' --reason 'it'\\''s time'",
  );
});

test("a command in Python, without what is not asked for", () => {
  expect(asPython("r1", { kind: "hold", value: 0, groups: ["head"], continuous: false, reason: "" })).toBe(
    'from rheostat.client import Client\n\nwith Client() as dashboard:\n    dashboard.command("r1", "hold", value=0, groups=["head"])',
  );
});
