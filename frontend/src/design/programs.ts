/** Small programs that show what a word of the language does. Pure. */

import type { Word } from "../api/types.ts";

/** What stands in the places that a word leaves open; others keep what the server proposes. */
const FILLED: Readonly<Record<string, string>> = {
  to: "0.1x",
  length: "70%",
  time: "50%",
  p: "2",
  lb: "-6",
  ub: "3",
  tau: "16",
  parts: "cosine 1x -> 0.2x for 25%",
};
const LENGTHS: Readonly<Record<string, string>> = { drop: "20%", decay: "4%" };

/** A program that shows the word after a short warm-up; null for words that are no part by themselves. */
export function programOf(word: Word): string | null {
  if (word.kind !== "shape" && (word.kind !== "part" || word.word === "main")) return null;
  const filled = word.insert.replace(/\$\{([^}]*)\}/g, (_, name: string) =>
    name === "length" ? (LENGTHS[word.word] ?? "70%") : (FILLED[name] ?? name),
  );
  return `linear 0 -> 1x for 10%; ${filled}`;
}
