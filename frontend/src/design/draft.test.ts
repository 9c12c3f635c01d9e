import { expect, test } from "vitest";
import { type Draft, FIRST, fromHash, positive, toHash, whole } from "./draft.ts";

test("a link carries the whole design", () => {
  const drafts: Draft[] = [
    FIRST,
    { text: "a & b = c # ü\n+ 5%", base: 1e-7, total: null, epoch: 1250 },
    { text: "", base: null, total: null, epoch: null },
  ];
  for (const draft of drafts) expect(fromHash(`#${toHash(draft)}`)).toEqual(draft);
});

test("no design in the link, or nonsense in its numbers", () => {
  expect(fromHash("")).toBeNull();
  expect(fromHash("#main")).toBeNull();
  expect(fromHash("#s=hold&base=-1&total=x&epoch=0")).toEqual({
    text: "hold",
    base: null,
    total: null,
    epoch: null,
  });
});

test("numbers as people type them", () => {
  expect(whole("10k")).toBe(10_000);
  expect(whole("1.5k")).toBe(1500);
  expect(whole("12,040")).toBe(12_040);
  expect(whole("2M")).toBe(2_000_000);
  expect(whole("1e5")).toBe(100_000);
  expect(whole("1.5")).toBeNull();
  expect(whole("")).toBeNull();
  expect(positive("3e-4")).toBe(3e-4);
  expect(positive("0")).toBeNull();
  expect(positive(" ")).toBeNull();
});
