import { expect, test } from "vitest";
import { FIRST, fromHash } from "./draft.ts";
import { type Ghost, ghostsOf, pinned, renamed, toLink, without } from "./ghosts.ts";

const four = [1, 2, 3, 4].reduce<readonly Ghost[]>((ghosts) => pinned(ghosts, FIRST), []);

test("four at most, each with a letter and a colour of its own", () => {
  expect(four.map(({ name }) => name)).toEqual(["A", "B", "C", "D"]);
  expect(four.map(({ colour }) => colour)).toEqual([0, 1, 2, 3]);
  expect(pinned(four, FIRST)).toBe(four);
});

test("one that is taken away leaves its letter and colour to the next", () => {
  const again = pinned(without(four, 1), FIRST);
  expect(again.map(({ name }) => name)).toEqual(["A", "C", "D", "B"]);
  expect(again.at(-1)?.colour).toBe(1);
});

test("a link carries the design and its ghosts", () => {
  const ghosts = renamed(
    pinned([], { text: "a & b\n# ü", base: 1e-5, total: null, epoch: 7 }),
    0,
    "the old & good",
  );
  const link = toLink(FIRST, ghosts);
  expect(ghostsOf(`#${link}`)).toEqual(ghosts);
  expect(fromHash(link)).toEqual(FIRST);
});

test("nonsense in a link is left out", () => {
  expect(ghostsOf("#s=hold&ghost=x&ghost=s%3Dhold%26colour%3D9")).toEqual([]);
  expect(ghostsOf("")).toEqual([]);
});
