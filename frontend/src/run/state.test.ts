import { expect, test } from "vitest";
import { commandRecord, points, runDetail, seriesOf } from "../testing/samples.ts";
import { drawn, inForce, namesFor, type RunState, receive, withCommand, withFine } from "./state.ts";

function fresh(): RunState {
  return {
    detail: runDetail({ id: "r1", metrics: ["loss"] }),
    series: { loss: seriesOf([0, 1, 2]), "lr:main": seriesOf([0, 1, 2]) },
    fine: null,
    smooth: null,
    cursor: 10,
    commands: [],
  };
}

test("points that follow the cursor are appended", () => {
  const { state, need } = receive(fresh(), points("r1", 10, 12, { loss: seriesOf([3, 4]) }));
  expect(need).toBe("nothing");
  expect(state.series["loss"]?.x).toEqual([0, 1, 2, 3, 4]);
  expect(state.series["lr:main"]?.x).toEqual([0, 1, 2]);
  expect(state.cursor).toBe(12);
});

test("points heard twice change nothing", () => {
  const state = fresh();
  expect(receive(state, points("r1", 8, 10, { loss: seriesOf([1, 2]) })).state).toBe(state);
});

test("a gap asks for the series anew", () => {
  const { state, need } = receive(fresh(), points("r1", 11, 12, { loss: seriesOf([9]) }));
  expect(need).toBe("series");
  expect(state.cursor).toBe(10);
});

test("a reset asks for the series anew, that of another run does not", () => {
  expect(receive(fresh(), { type: "reset", run: "r1" }).need).toBe("series");
  expect(receive(fresh(), { type: "reset", run: "other" }).need).toBe("nothing");
});

test("a metric nobody knew appears in the list but is not kept", () => {
  const { state } = receive(fresh(), points("r1", 10, 11, { accuracy: seriesOf([3]) }));
  expect(state.detail.metrics).toEqual(["loss", "accuracy"]);
  expect(state.series["accuracy"]).toBeUndefined();
});

test("a summary updates the detail and keeps the rest of it", () => {
  const { id, groups } = fresh().detail;
  const { state } = receive(fresh(), {
    type: "run",
    run: runDetail({ id, groups, step: 77, overridden: true }),
  });
  expect(state.detail.step).toBe(77);
  expect(state.detail.plan.origin).toBe("rheostat");
});

test("a command goes through its life in one place", () => {
  const requested = commandRecord({ id: "c1", state: "requested" });
  const applied = commandRecord({ id: "c1", state: "applied", active: true }, ["requested", "applied"]);
  let state = withCommand(fresh(), requested);
  state = withCommand(state, applied);
  state = withCommand(state, requested);
  expect(state.commands.map((command) => command.state)).toEqual(["applied"]);
  expect(inForce(state)).toHaveLength(1);
});

test("a command carries the revision on", () => {
  const state = withCommand(fresh(), commandRecord({ id: "c1", revision: 5 }));
  expect(state.detail.revision).toBe(5);
});

test("both lrs of every group and the metric are drawn", () => {
  expect(namesFor(fresh().detail, ["loss"])).toEqual(["lr:main", "plan:main", "loss"]);
});

test("a chosen stretch is drawn in full, the rest as it was", () => {
  const fine = { first: 1, last: 2, series: { loss: seriesOf([1], [9]) }, cursor: 10 };
  const series = drawn(withFine(fresh(), fine));
  expect(series["loss"]?.y).toEqual([0, 9, 2]);
  expect(series["lr:main"]?.y).toEqual([0, 1, 2]);
});

test("the tail in full goes on live", () => {
  const fine = { first: 2, last: Number.POSITIVE_INFINITY, series: { loss: seriesOf([2]) }, cursor: 10 };
  const { state } = receive(withFine(fresh(), fine), points("r1", 10, 12, { loss: seriesOf([3, 4]) }));
  expect(drawn(state)["loss"]?.x).toEqual([0, 1, 2, 3, 4]);
});

test("points that take steps again put the smooth lines aside", () => {
  const smooth = { weight: 0.9, first: 0, last: 9, series: { loss: seriesOf([0, 1, 2]) }, cursor: 10 };
  const state = { ...fresh(), smooth };
  expect(receive(state, points("r1", 10, 12, { loss: seriesOf([3]) })).state.smooth).toBe(smooth);
  expect(receive(state, points("r1", 10, 12, { loss: seriesOf([1, 2]) })).state.smooth).toBeNull();
});
