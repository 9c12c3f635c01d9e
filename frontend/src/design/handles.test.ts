import { describe, expect, test } from "vitest";
import type { Handle, Moved } from "../api/types.ts";
import {
  handlesAt,
  joined,
  movedTo,
  nudged,
  placeOf,
  spelled,
  take,
  told,
  typed,
  unitOf,
  written,
} from "./handles.ts";

const text = "linear 0 -> 1x for 5%\nhold\nsqrt -> 0.1x for 20%";
const share: Moved = { line: 1, column: 20, length: 2, value: 5, suffix: "%", rate: 100 };
const peak: Moved = { line: 1, column: 13, length: 2, value: 1, suffix: "x", rate: 3e-4 };
const zero: Moved = { line: 1, column: 8, length: 1, value: 0, suffix: "x", rate: 3e-4 };
const last: Moved = { line: 3, column: 18, length: 3, value: 20, suffix: "%", rate: -100 };
const both: Handle = { step: 500, lr: 3e-4, across: share, up: peak };
const back: Handle = { step: 8000, lr: 3e-4, across: last, up: null };
const steps: Moved = { line: 1, column: 10, length: 3, value: 500, suffix: "", rate: 1 };

describe("a drag", () => {
  test("writes the one number of an axis and leaves all else", () => {
    const hold = movedTo(take(text, both), { step: 1234.5, lr: null }, false);
    expect(written(hold)).toBe("linear 0 -> 1x for 12.3%\nhold\nsqrt -> 0.1x for 20%");
    const high = movedTo(take(text, both), { step: null, lr: 4.5e-4 }, false);
    expect(written(high)).toBe("linear 0 -> 1.5x for 5%\nhold\nsqrt -> 0.1x for 20%");
  });

  test("writes both where both moved", () => {
    const hold = movedTo(take(text, both), { step: 1000, lr: 1.5e-4 }, false);
    expect(written(hold)).toBe("linear 0 -> 0.5x for 10%\nhold\nsqrt -> 0.1x for 20%");
    expect(placeOf(hold)).toEqual({ step: 1000, lr: 1.5e-4 });
  });

  test("of a last part makes it longer to the left", () => {
    const hold = movedTo(take(text, back), { step: 7000, lr: null }, false);
    expect(written(hold)).toContain("for 30%");
  });

  test("back to where it began leaves the text to the letter", () => {
    const away = movedTo(take(text, both), { step: 900, lr: 1e-4 }, false);
    expect(written(movedTo(away, { step: 500, lr: 3e-4 }, false))).toBe(text);
  });

  test("gives 0 the unit it needs", () => {
    const hold = movedTo(
      take(text, { step: 0, lr: 0, across: null, up: zero }),
      { step: 0, lr: 3e-5 },
      false,
    );
    expect(written(hold)).toMatch(/^linear 0\.1x -> 1x/);
  });

  test("never makes a length nothing, nor a value less than 0", () => {
    const hold = movedTo(take(text, both), { step: -1e9, lr: -1 }, false);
    expect(hold.across).toBe(0.01);
    expect(hold.up).toBe(0);
    expect(
      movedTo(take("drop 1 at 500", { ...both, across: steps }), { step: -5, lr: null }, false).across,
    ).toBe(1);
  });

  test("has all digits where asked for, and whole steps always", () => {
    const full = movedTo(take(text, both), { step: 1234.5678, lr: null }, true);
    expect(full.across).toBeCloseTo(12.345678, 12);
    const whole = take("drop 1 at 500", { ...both, across: steps });
    expect(movedTo(whole, { step: 1234.56, lr: null }, true).across).toBe(1235);
    expect(movedTo(whole, { step: 1234.56, lr: null }, false).across).toBe(1230);
  });
});

describe("keys", () => {
  test("one unit is one in the second digit, and none is lost on the way back", () => {
    const hold = take(text, both);
    expect(nudged(hold, "across", 1).across).toBe(5.1);
    expect(nudged(hold, "across", 10).across).toBe(6);
    expect(nudged(nudged(hold, "up", 3), "up", -3).up).toBe(1);
    expect(nudged(take(text, back), "across", 1).across).toBe(19);
  });

  test("whole steps move by one at least; 0 moves by something", () => {
    expect(unitOf({ ...steps, value: 3 }, "across", 3)).toBe(1);
    expect(nudged(take(text, { ...both, up: zero }), "up", 1).up).toBe(0.01);
    expect(nudged(take(text, { ...both, up: zero }), "up", -1).up).toBe(0);
  });

  test("an axis without a number stays", () => {
    const hold = take(text, back);
    expect(nudged(hold, "up", 1)).toBe(hold);
  });
});

test("numbers keep the manner of the text", () => {
  expect(spelled(3.12e-4, "3e-4")).toBe("3.12e-4");
  expect(spelled(0.0312, "3e-4")).toBe("3.12e-2");
  expect(spelled(0.5, "1")).toBe("0.5");
  expect(spelled(0.0005, "1")).toBe("5e-4");
  expect(spelled(12300, "500")).toBe("12300");
  expect(spelled(0, "3e-4")).toBe("0");
});

test("what a person types stands in the place of the literal", () => {
  expect(typed(take(text, both), { across: " 2k ", up: "" })).toBe(
    "linear 0 -> 1x for 2k\nhold\nsqrt -> 0.1x for 20%",
  );
});

test("the cursor in a number finds its handle", () => {
  expect(handlesAt(text, [both, back], text.indexOf("1x"))).toEqual([0]);
  expect(handlesAt(text, [both, back], text.indexOf("20%") + 1)).toEqual([1]);
  expect(handlesAt(text, [both, back], text.indexOf("hold"))).toEqual([]);
});

test("handles of one place with one number each are one", () => {
  const across = { ...both, up: null };
  const up = { ...both, across: null };
  expect(joined([across, up])).toEqual([both]);
  expect(joined([both, up])).toHaveLength(2);
  expect(joined([across, { ...up, lr: 1e-4 }])).toHaveLength(2);
});

test("a handle says where it is and what it writes", () => {
  expect(told(take(text, both))).toBe("step 500, lr 3.0e-4, time 5%, value 1x");
  expect(told(nudged(take(text, both), "across", 10))).toBe("step 600, lr 3.0e-4, time 6%, value 1x");
});
