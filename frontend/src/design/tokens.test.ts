import { expect, test } from "vitest";
import type { Word } from "../api/types.ts";
import { readToken, tokens } from "./tokens.ts";

const words = new Map<string, Word["kind"]>([
  ["linear", "shape"],
  ["hold", "shape"],
  ["for", "operator"],
  ["base", "setting"],
]);

test("a usual line", () => {
  expect(tokens("linear 0 -> 1x for 5%; hold # then rest", words)).toEqual([
    ["shape", "linear"],
    ["number", "0"],
    ["operator", "->"],
    ["number", "1"],
    ["unit", "x"],
    ["operator", "for"],
    ["number", "5"],
    ["unit", "%"],
    ["punctuation", ";"],
    ["shape", "hold"],
    ["comment", "# then rest"],
  ]);
});

test.each([
  ["3e-4", [["number", "3e-4"]]],
  [
    "20Btok",
    [
      ["number", "20"],
      ["unit", "Btok"],
    ],
  ],
  [
    "2k",
    [
      ["number", "2"],
      ["unit", "k"],
    ],
  ],
  [
    "0.1x",
    [
      ["number", "0.1"],
      ["unit", "x"],
    ],
  ],
  [
    "30ep, 80ep",
    [
      ["number", "30"],
      ["unit", "ep"],
      ["punctuation", ","],
      ["number", "80"],
      ["unit", "ep"],
    ],
  ],
  [
    "1e-6..1e-3",
    [
      ["number", "1e-6"],
      ["operator", ".."],
      ["number", "1e-3"],
    ],
  ],
  [
    "until @decay",
    [
      ["name", "until"],
      ["cue", "@decay"],
    ],
  ],
  ["cosin", [["name", "cosin"]]],
] as const)("%s", (line, expected) => {
  expect(tokens(line, words)).toEqual(expected);
});

test("any text is read to its end", () => {
  for (const line of ["", "§§ \u{1f600} ->->", "1.2.3x%", "....", "5%5%x"]) {
    let at = 0;
    while (at < line.length) {
      const { length } = readToken(line, at, words);
      expect(length).toBeGreaterThan(0);
      at += length;
    }
    expect(at).toBe(line.length);
  }
});
