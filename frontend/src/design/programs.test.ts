import { expect, test } from "vitest";
import type { Word } from "../api/types.ts";
import { programOf } from "./programs.ts";

/** A place to fill in, as the server spells it. */
const open = (name: string): string => ["$", "{", name, "}"].join("");

const word = (kind: Word["kind"], name: string, insert: string): Word => ({
  word: name,
  kind,
  signature: "",
  doc: "",
  insert,
});

test("open places are filled, proposals stay", () => {
  expect(programOf(word("shape", "poly", `poly(${open("p")}) -> ${open("to")} for ${open("length")}`))).toBe(
    "linear 0 -> 1x for 10%; poly(2) -> 0.1x for 70%",
  );
  expect(programOf(word("part", "decay", `decay ${open("0.95x")} every ${open("length")}`))).toBe(
    "linear 0 -> 1x for 10%; decay 0.95x every 4%",
  );
});

test("what is no part has no picture", () => {
  expect(programOf(word("setting", "base", `base ${open("3e-4")}`))).toBeNull();
  expect(programOf(word("part", "main", "main"))).toBeNull();
});
