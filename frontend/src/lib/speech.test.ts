import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSpeech, PAUSE_MS, REST_MS, type Speech } from "./speech.ts";

let said: [number, string][];
let speech: Speech;
const [dial, cursor] = [{}, {}];

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  const begun = performance.now();
  speech = createSpeech((message) => said.push([performance.now() - begun, message]));
});
afterEach(() => void vi.useRealTimers());

test("words are said once they rest, and only the last of them", () => {
  for (const words of ["step 1", "step 2", "step 3"]) {
    speech.speak(cursor, () => words);
    vi.advanceTimersByTime(100);
  }
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([[200 + REST_MS, "step 3"]]);
});

test("at most one message in a pause, whoever speaks; what waited comes together", () => {
  speech.speak(dial, () => "sending");
  vi.advanceTimersByTime(1000);
  speech.speak(dial, () => "received");
  speech.speak(cursor, () => "step 4");
  speech.speak(dial, () => "applied at step 9");
  vi.advanceTimersByTime(20_000);
  expect(said).toEqual([
    [REST_MS, "sending"],
    [REST_MS + PAUSE_MS, "step 4. applied at step 9"],
  ]);
});

test("what never rests is said all the same, as seldom", () => {
  for (let at = 0; at < 120; at += 1) {
    speech.speak(cursor, () => `step ${at}`);
    vi.advanceTimersByTime(100);
  }
  expect(said.map(([at]) => at)).toEqual([PAUSE_MS, 2 * PAUSE_MS]);
});

test("what is no longer so is not said, and silence costs nobody a pause", () => {
  speech.speak(cursor, () => "step 1");
  speech.forget(cursor);
  vi.advanceTimersByTime(REST_MS);
  speech.speak(dial, () => "applied");
  vi.advanceTimersByTime(REST_MS);
  expect(said.map(([, words]) => words)).toEqual(["applied"]);
});
