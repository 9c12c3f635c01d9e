/** Reading the schedule language for colours only: what kind of thing starts at a place in a line. Pure. */

import type { Word } from "../api/types.ts";

export type TokenKind =
  | "comment"
  | "number"
  | "unit"
  | "operator"
  | "punctuation"
  | "cue"
  | "name"
  | "space"
  | "other"
  | Word["kind"];

export interface Token {
  kind: TokenKind;
  length: number;
}

const RULES: readonly [TokenKind, RegExp][] = [
  ["space", /\s+/y],
  ["comment", /#.*/y],
  ["cue", /@[A-Za-z_]\w*/y],
  ["operator", /->|\.\.|[*+\-/^=]/y],
  ["number", /(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?/iy],
  ["punctuation", /[;,:(){}[\]]/y],
  ["name", /[A-Za-z_]\w*/y],
];
const UNIT = /(x|%|[kMGB]?(st|ep|fr|sp|tok)?)(?![\w%])/y;

/** The token at `at` in `line`; `words` says what the language's own words are. */
export function readToken(line: string, at: number, words: ReadonlyMap<string, Word["kind"]>): Token {
  if (at > 0 && /[\d.]/.test(line[at - 1] as string)) {
    const unit = match(UNIT, line, at);
    if (unit) return { kind: "unit", length: unit.length };
  }
  for (const [kind, rule] of RULES) {
    const found = match(rule, line, at);
    if (found) return { kind: kind === "name" ? (words.get(found) ?? "name") : kind, length: found.length };
  }
  return { kind: "other", length: 1 };
}

function match(rule: RegExp, line: string, at: number): string | null {
  rule.lastIndex = at;
  return rule.exec(line)?.[0] || null;
}

/** All tokens of a line. */
export function tokens(line: string, words: ReadonlyMap<string, Word["kind"]>): [TokenKind, string][] {
  const found: [TokenKind, string][] = [];
  for (let at = 0; at < line.length; ) {
    const { kind, length } = readToken(line, at, words);
    if (kind !== "space") found.push([kind, line.slice(at, at + length)]);
    at += length;
  }
  return found;
}
