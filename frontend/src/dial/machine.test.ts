import { expect, test } from "vitest";
import type { CommandRequest, ForecastAnswer, Problem } from "../api/types.ts";
import { commandRecord } from "../testing/samples.ts";
import { ARMED_MS, type DialState, next, REST, secondsLeft } from "./machine.ts";

const request: CommandRequest = { id: "command-1", kind: "scale", factor: 0.5 };
const forecast: ForecastAnswer = { step: 5, text: "scale 0.5", groups: [], refusal: null, why: "" };
const problem: Problem = { code: "limit", message: "too high", where: "", expected: "", suggestion: "" };

function armed(now = 1000): DialState {
  const asking = next(REST, { type: "arm", request });
  return next(asking, { type: "forecast", request, forecast, now });
}

test("arm, see, apply, follow", () => {
  const state = armed();
  expect(state.at).toBe("armed");
  const sending = next(state, { type: "send", request });
  expect(sending.at).toBe("sending");
  const record = commandRecord({ id: "command-1" });
  expect(next(sending, { type: "recorded", record })).toEqual({ at: "following", id: "command-1" });
});

test("nothing is armed before its future is known", () => {
  expect(next(REST, { type: "arm", request }).at).toBe("asking");
});

test("arming times out, and says so", () => {
  const state = armed(1000);
  expect(next(state, { type: "tick", now: 1000 + ARMED_MS - 1 })).toBe(state);
  expect(next(state, { type: "tick", now: 1000 + ARMED_MS })).toEqual({
    at: "rest",
    notice: { kind: "timeout" },
  });
  expect(secondsLeft(state, 1000)).toBe(20);
  expect(secondsLeft(state, 20_900)).toBe(1);
});

test("the forecast of an earlier arming is ignored", () => {
  const second = { ...request, id: "command-2" };
  const asking = next(next(REST, { type: "arm", request }), { type: "arm", request: second });
  expect(next(asking, { type: "forecast", request, forecast, now: 0 })).toBe(asking);
});

test("a limit refuses before anybody can apply", () => {
  const asking = next(REST, { type: "arm", request });
  const refused = next(asking, {
    type: "forecast",
    request,
    forecast: { ...forecast, refusal: problem },
    now: 0,
  });
  expect(refused).toEqual({ at: "rest", notice: { kind: "problem", problem, request } });
});

test("a second click while sending sends nothing else and cannot be cancelled away", () => {
  const sending = next(armed(), { type: "send", request });
  expect(next(sending, { type: "arm", request: { ...request, id: "command-3" } })).toBe(sending);
  expect(next(sending, { type: "send", request })).toBe(sending);
  expect(next(sending, { type: "cancel" })).toBe(sending);
});

test("cancel and failure go to rest", () => {
  expect(next(armed(), { type: "cancel" })).toEqual(REST);
  const sending = next(armed(), { type: "send", request });
  expect(next(sending, { type: "failed", problem }).at).toBe("rest");
});
