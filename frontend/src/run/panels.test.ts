import { expect, test } from "vitest";
import { arranged, hide, isArrangement, move, pin, show, UNARRANGED } from "./panels.ts";

const metrics = ["loss", "accuracy", "grad_norm", "throughput"];

test("every metric but the main one has a panel by itself, in the order they came", () => {
  expect(arranged(metrics, "loss", UNARRANGED).shown).toEqual(["accuracy", "grad_norm", "throughput"]);
});

test("a pinned one stands first; pinned again it goes back", () => {
  const pinned = pin(UNARRANGED, "throughput");
  expect(arranged(metrics, "loss", pinned).shown[0]).toBe("throughput");
  expect(arranged(metrics, "loss", pin(pinned, "throughput")).shown[0]).toBe("accuracy");
});

test("a hidden one can be had back", () => {
  const hidden = hide(UNARRANGED, "accuracy");
  expect(arranged(metrics, "loss", hidden)).toEqual({
    shown: ["grad_norm", "throughput"],
    hidden: ["accuracy"],
  });
  expect(arranged(metrics, "loss", show(hidden, "accuracy")).hidden).toEqual([]);
});

test("moving changes two places and no more; at the end nothing", () => {
  const { shown } = arranged(metrics, "loss", UNARRANGED);
  const moved = move(UNARRANGED, shown, "throughput", -1);
  expect(arranged(metrics, "loss", moved).shown).toEqual(["accuracy", "throughput", "grad_norm"]);
  expect(move(UNARRANGED, shown, "throughput", 1)).toBe(UNARRANGED);
});

test("nothing is moved past a pinned one", () => {
  const by = pin(UNARRANGED, "throughput");
  const { shown } = arranged(metrics, "loss", by);
  expect(move(by, shown, "accuracy", -1)).toBe(by);
});

test("what a browser kept is looked at before it is used", () => {
  expect(isArrangement(UNARRANGED)).toBe(true);
  expect(isArrangement({ pinned: [1], order: [], hidden: [] })).toBe(false);
  expect(isArrangement(null)).toBe(false);
});
