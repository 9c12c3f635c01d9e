import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { latest, onward } from "./latest.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("only the newest question is asked after a pause", async () => {
  const asked: number[] = [];
  const heard: number[] = [];
  const questions = latest<number, number>(
    50,
    async (question) => {
      asked.push(question);
      return question * 10;
    },
    (answer) => heard.push(answer),
    () => heard.push(-1),
  );
  questions.ask(1);
  await vi.advanceTimersByTimeAsync(20);
  questions.ask(2);
  await vi.advanceTimersByTimeAsync(60);
  expect(asked).toEqual([2]);
  expect(heard).toEqual([20]);
});

test("an eager one does not keep the first question after a rest waiting, but those that follow it", async () => {
  const asked: number[] = [];
  const questions = latest<number, void>(
    50,
    async (question) => void asked.push(question),
    () => {},
    () => {},
    true,
  );
  questions.ask(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([1]);
  questions.ask(2);
  await vi.advanceTimersByTimeAsync(10);
  questions.ask(3);
  await vi.advanceTimersByTimeAsync(40);
  expect(asked).toEqual([1]);
  await vi.advanceTimersByTimeAsync(20);
  expect(asked).toEqual([1, 3]);
});

test("an answer to an old question is never heard, and its request is given up", async () => {
  const waiting: ((answer: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const heard: string[] = [];
  const questions = latest<string, string>(
    0,
    (_, signal) => {
      signals.push(signal);
      return new Promise((resolve) => waiting.push(resolve));
    },
    (answer) => heard.push(answer),
    () => heard.push("failed"),
  );
  questions.ask("a");
  await vi.advanceTimersByTimeAsync(1);
  questions.ask("b");
  await vi.advanceTimersByTimeAsync(1);
  waiting[1]?.("answer b");
  waiting[0]?.("answer a");
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toEqual(["answer b"]);
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
});

test("failures of the newest are told", async () => {
  const heard: string[] = [];
  const questions = latest<string, string>(
    0,
    () => Promise.reject(new Error("no")),
    () => heard.push("done"),
    (error) => heard.push(String(error)),
  );
  questions.ask("a");
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toEqual(["Error: no"]);
});

test("without a rest, one question is under way and the newest follows it", async () => {
  const waiting: (() => void)[] = [];
  const heard: number[] = [];
  const questions = onward<number, number>(
    (question) => new Promise((resolve) => waiting.push(() => resolve(question))),
    (answer) => heard.push(answer),
    () => heard.push(-1),
  );
  for (const question of [1, 2, 3]) questions.ask(question);
  expect(waiting).toHaveLength(1);
  waiting[0]?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(waiting).toHaveLength(2);
  waiting[1]?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toEqual([1, 3]);
});

test("a failure on the way does not stop the questions; a stop does", async () => {
  const heard: string[] = [];
  const questions = onward<string, string>(
    (question) => (question === "bad" ? Promise.reject(new Error("no")) : Promise.resolve(question)),
    (answer) => heard.push(answer),
    () => heard.push("failed"),
  );
  questions.ask("bad");
  questions.ask("good");
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toEqual(["failed", "good"]);
  questions.ask("late");
  questions.stop();
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toEqual(["failed", "good"]);
});
