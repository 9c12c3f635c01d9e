import { expect, test } from "vitest";
import { BLANK, type Fields, requestOf } from "./form.ts";

const ask = (changes: Partial<Fields>, groups: string[] | null = null) =>
  requestOf({ ...BLANK, ...changes }, groups, 100);

test("each verb becomes its command", () => {
  const rest = { groups: null, reason: "" };
  expect(ask({ verb: "scale", factor: "0.5" })).toEqual({
    ok: true,
    request: { kind: "scale", factor: 0.5, ...rest },
  });
  expect(ask({ verb: "hold", value: "3e-4" })).toEqual({
    ok: true,
    request: { kind: "hold", value: 3e-4, ...rest },
  });
  expect(ask({ verb: "ramp", value: "0", over: "1,000" })).toEqual({
    ok: true,
    request: { kind: "ramp", value: 0, over: 1000, ...rest },
  });
  expect(ask({ verb: "swap", schedule: " cosine -> 0 " })).toEqual({
    ok: true,
    request: { kind: "swap", schedule: "cosine -> 0", from_here: true, continuous: false, ...rest },
  });
  expect(ask({ verb: "release" })).toEqual({ ok: true, request: { kind: "release", ...rest } });
  expect(ask({ verb: "release", over: "200" })).toMatchObject({ request: { kind: "release", over: 200 } });
});

test("how long it holds: until cleared, for steps, until a step", () => {
  const scale = { verb: "scale", factor: "2" } as const;
  expect(ask({ ...scale, until: "steps", end: "50" })).toMatchObject({
    request: { kind: "scale", for_steps: 50 },
  });
  expect(ask({ ...scale, until: "step", end: "500" })).toMatchObject({ request: { until_step: 500 } });
  expect(ask({ ...scale, until: "step", end: "100" })).toMatchObject({ ok: false, field: "end" });
  expect(ask({ verb: "release", until: "step", end: "" })).toMatchObject({ ok: true });
});

test("an empty field is no fault yet, a wrong one says what was expected", () => {
  expect(ask({ verb: "scale" })).toEqual({ ok: false, field: "factor", fault: "" });
  expect(ask({ verb: "hold", value: "-1" })).toMatchObject({
    field: "value",
    fault: expect.stringContaining("3e-4"),
  });
  expect(ask({ verb: "ramp", value: "1e-3", over: "0.5" })).toMatchObject({
    field: "over",
    fault: expect.stringContaining("500"),
  });
});
