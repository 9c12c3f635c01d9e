import { expect, test } from "vitest";
import { begin, closed, isCutOff, isDoubtful, isStuck, opened, pause, retrying } from "./connection.ts";

test("a short gap is not mentioned, a long one is", () => {
  const lost = closed(opened(begin(0), 1000), 5000);
  expect(isCutOff(lost, 6999)).toBe(false);
  expect(isCutOff(lost, 7000)).toBe(true);
});

test("the age counts from the moment the connection was lost, over all tries", () => {
  let connection = closed(opened(begin(0), 0), 1000);
  for (let at = 2000; at < 9000; at += 1000) connection = closed(retrying(connection), at);
  expect(connection.since).toBe(1000);
  expect(isCutOff(connection, 9000)).toBe(true);
});

test("being connected again ends it", () => {
  const back = opened(closed(opened(begin(0), 0), 1000), 9000);
  expect(isCutOff(back, 99_000)).toBe(false);
  expect(back.tries).toBe(0);
});

test("pauses grow, stay bounded and are spread", () => {
  let connection = begin(0);
  const pauses: number[] = [];
  for (let turn = 0; turn < 12; turn += 1) {
    connection = closed(connection, turn);
    pauses.push(pause(connection, 1));
    expect(pause(connection, 0)).toBe(pause(connection, 1) / 2);
  }
  expect(pauses[0]).toBe(300);
  expect(pauses.at(-1)).toBe(5000);
});

test("an open connection without a word is doubted, a try without an end is given up", () => {
  const open = opened(begin(0), 1000);
  expect(isDoubtful(open, 1000, 5999)).toBe(false);
  expect(isDoubtful(open, 1000, 6000)).toBe(true);
  expect(isDoubtful(closed(open, 2000), 1000, 9000)).toBe(false);
  expect(isStuck(begin(0), 0, 9999)).toBe(false);
  expect(isStuck(begin(0), 0, 10_000)).toBe(true);
  expect(isStuck(open, 0, 99_000)).toBe(false);
});
