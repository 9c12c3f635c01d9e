/** What the run page knows: a snapshot from the server, kept true by live messages. Pure. */

import type { CommandRecord, RunDetail, RunSummary, Series, SeriesAnswer, ToBrowser } from "../api/types.ts";
import { append, EMPTY, overlay } from "../lib/series.ts";
import { isOvertaken, type Smooth } from "./smooth.ts";

/** More points than this for one series are thinned on arrival. */
export const CAP = 4000;

/** More points than the whole run's for the steps first <= step < last (Infinity: the tail, kept live). */
export interface Fine {
  first: number;
  last: number;
  series: Record<string, Series>;
  cursor: number;
}

export interface RunState {
  detail: RunDetail;
  series: Record<string, Series>;
  fine: Fine | null;
  /** Null: not here yet, no longer true, or not wanted. */
  smooth: Smooth | null;
  /** Where the live points go on. */
  cursor: number;
  commands: CommandRecord[];
}

export type Need = "nothing" | "series";

export interface Received {
  state: RunState;
  /** What has to be fetched again. */
  need: Need;
}

export const lrOf = (group: string): string => `lr:${group}`;
export const planOf = (group: string): string => `plan:${group}`;

/** So many series the server gives at once. */
const MOST_NAMES = 64;

/** The series the page draws: both lrs of every group, then the metrics, as many as can be asked for. */
export function namesFor(detail: RunDetail, metrics: readonly string[]): string[] {
  const lrs = detail.groups.flatMap((group) => [lrOf(group.name), planOf(group.name)]);
  return [...new Set([...lrs, ...metrics])].slice(0, MOST_NAMES);
}

/** The state after `message`, for the run it belongs to; messages about other runs change nothing. */
export function receive(state: RunState, message: ToBrowser): Received {
  const still: Received = { state, need: "nothing" };
  if (!("run" in message)) return still;
  switch (message.type) {
    case "run":
      return message.run.id === state.detail.id ? withSummary(state, message.run) : still;
    case "command":
      return message.run === state.detail.id
        ? { ...still, state: withCommand(state, message.command) }
        : still;
    case "reset":
      return message.run === state.detail.id ? { state, need: "series" } : still;
    case "points":
      return message.run === state.detail.id ? withPoints(state, message) : still;
    default:
      return still;
  }
}

function withSummary(state: RunState, summary: RunSummary): Received {
  const grown = summary.groups.length !== state.detail.groups.length;
  return {
    state: { ...state, detail: { ...state.detail, ...summary } },
    need: grown ? "series" : "nothing",
  };
}

function withPoints(state: RunState, points: ToBrowser & { type: "points" }): Received {
  if (points.cursor <= state.cursor) return { state, need: "nothing" };
  if (points.after > state.cursor) return { state, need: "series" };
  const series = { ...state.series };
  const metrics = new Set(state.detail.metrics);
  for (const [name, more] of Object.entries(points.series)) {
    if (name in series) series[name] = append(series[name] ?? EMPTY, more, CAP);
    if (!name.includes(":")) metrics.add(name);
  }
  const detail =
    metrics.size === state.detail.metrics.length ? state.detail : { ...state.detail, metrics: [...metrics] };
  const fine = state.fine && withTail(state.fine, points);
  const smooth = state.smooth && isOvertaken(state.smooth, points.after, points.series) ? null : state.smooth;
  return { state: { ...state, detail, series, fine, smooth, cursor: points.cursor }, need: "nothing" };
}

function withTail(fine: Fine, points: ToBrowser & { type: "points" }): Fine {
  if (Number.isFinite(fine.last) || points.after < fine.cursor) return fine;
  const series = Object.fromEntries(
    Object.entries(fine.series).map(([name, known]) => {
      const more = points.series[name];
      return [name, more ? append(known, more, CAP) : known];
    }),
  );
  return { ...fine, series, cursor: points.cursor };
}

/** With (or without) the points of a stretch in full. */
export function withFine(state: RunState, fine: Fine | null): RunState {
  return { ...state, fine };
}

/** Changes with what was asked of the server for the view, and not with what comes live. */
export function stampOf({ fine, smooth }: RunState): string {
  return [fine?.first, fine?.last, smooth?.first, smooth?.last, smooth?.weight].join(" ");
}

/** The series to draw: the whole run's points, finer where the stretch in view has been fetched. */
export function drawn(state: RunState): Record<string, Series> {
  const { fine, series } = state;
  if (!fine) return series;
  return Object.fromEntries(
    Object.entries(series).map(([name, coarse]) => {
      const inner = fine.series[name];
      return [name, inner ? overlay(coarse, inner, fine.first, fine.last) : coarse];
    }),
  );
}

/** `command` in its place by id, or at the end. A record with fewer events is older and ignored. */
export function withCommand(state: RunState, command: CommandRecord): RunState {
  const at = state.commands.findIndex((known) => known.id === command.id);
  const known = state.commands[at];
  if (known && known.events.length > command.events.length) return state;
  const commands = known ? state.commands.with(at, command) : [...state.commands, command];
  const revision = Math.max(state.detail.revision, command.revision);
  return { ...state, commands, detail: { ...state.detail, revision } };
}

/** A fresh snapshot of the series in place of what was there. */
export function withSeries(state: RunState, answer: SeriesAnswer): RunState {
  return { ...state, series: answer.series, smooth: null, cursor: answer.cursor };
}

/** The commands in force, oldest first. */
export function inForce(state: RunState): CommandRecord[] {
  return state.commands.filter((command) => command.active && command.kind !== "release");
}
