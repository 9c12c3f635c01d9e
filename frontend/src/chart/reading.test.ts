import { expect, test } from "vitest";
import type { Figure } from "./layout.ts";
import { beside, exactly, joined, nearest, readAt, tableOf } from "./reading.ts";

const figure: Figure = {
  traces: [
    { name: "lr", x: [0, 10, 20], y: [1e-4, 2e-4, 3e-4], line: { color: "blue" } },
    { name: "loss", x: [0, 12], y: [3, 2.5] },
    { name: "loss smoothed", x: [0, 12], y: [3, 2.8], hoverinfo: "skip" },
    { name: "note", mode: "markers", x: [11], y: [1], customdata: ["new data"] },
  ],
  layout: {},
};

test("only what a line has at exactly that place is told", () => {
  expect(readAt(figure, 10, 0).rows).toEqual([{ name: "lr", value: 2e-4, colour: "blue" }]);
  expect(readAt(figure, 0, 0).rows.map(({ name }) => name)).toEqual(["lr", "loss"]);
  expect(readAt(figure, 5, 0).rows).toEqual([]);
});

test("marks are told where they are near", () => {
  expect(readAt(figure, 10, 2).notes).toEqual(["new data"]);
  expect(readAt(figure, 10, 0.5).notes).toEqual([]);
});

test("the cursor goes from point to point of all lines, within what is in view", () => {
  expect(nearest(figure, 11.4)).toBe(12);
  expect(nearest({ traces: [], layout: {} }, 1)).toBeNull();
  expect(beside(figure, 10, 1, [0, 20])).toBe(12);
  expect(beside(figure, 12, -1, [0, 20])).toBe(10);
  expect(beside(figure, 12, 1, [0, 15])).toBeNull();
});

test("what the server knows takes the place of thinned points", () => {
  const rows = readAt(figure, 10, 0).rows;
  const exact = [
    { name: "lr", value: 2.5e-4, colour: "" },
    { name: "loss", value: 2.6, colour: "" },
  ];
  expect(joined(rows, exact)).toEqual([
    { name: "lr", value: 2.5e-4, colour: "blue" },
    { name: "loss", value: 2.6, colour: "" },
  ]);
});

test("numbers have every digit", () => {
  expect(exactly(0.00012345678901234)).toBe("1.2345678901234e-4");
  expect(exactly(0)).toBe("0");
  expect(exactly(1.25)).toBe("1.25");
  expect(exactly("nan")).toBe("nan");
});

test("the table has a row for every place in view and a column for every line", () => {
  expect(tableOf(figure, [11, 20], 9).rows.map(({ x }) => x)).toEqual([12, 20]);
  const { names, rows, total } = tableOf(figure, [0, 20], 3);
  expect(names).toEqual(["lr", "loss"]);
  expect(total).toBe(4);
  expect(rows).toEqual([
    { x: 0, cells: [1e-4, 3] },
    { x: 10, cells: [2e-4, null] },
    { x: 12, cells: [null, 2.5] },
  ]);
});
