/** The run's own clock: at which second each step was, so that the chart can be laid out by time. Pure. */

import type { Range } from "../chart/axis.ts";
import { rank } from "../lib/series.ts";

export type AxisKind = "step" | "tokens" | "relative" | "wall";

/** Seconds from the first step at ascending steps, as far as they are known. */
export interface Timeline {
  steps: readonly number[];
  seconds: readonly number[];
  /** Unix seconds of the first step. */
  firstAt: number;
}

/** The seconds at `step`: between known ones by proportion, beyond them at the pace of the whole. */
export function secondsAt(line: Timeline, step: number): number {
  return along(line.steps, line.seconds, step);
}

export function stepAt(line: Timeline, seconds: number): number {
  return along(line.seconds, line.steps, seconds);
}

function along(from: readonly number[], to: readonly number[], at: number): number {
  const last = from.length - 1;
  if (last < 1) return to[0] ?? at;
  const [firstFrom, lastFrom] = [from[0] as number, from[last] as number];
  const [firstTo, lastTo] = [to[0] as number, to[last] as number];
  const pace = (lastTo - firstTo) / (lastFrom - firstFrom || 1);
  if (at <= firstFrom) return firstTo + (at - firstFrom) * pace;
  if (at >= lastFrom) return lastTo + (at - lastFrom) * pace;
  const right = Math.max(1, rank(from, at));
  const [a, b] = [from[right - 1] as number, from[right] as number];
  const [c, d] = [to[right - 1] as number, to[right] as number];
  return b === a ? c : c + ((at - a) / (b - a)) * (d - c);
}

/** With the moment at which the job stands now, where it went on since. */
export function reaching(line: Timeline, step: number, at: number): Timeline {
  const last = line.steps.at(-1) ?? -1;
  const seconds = at - line.firstAt;
  if (step <= last || seconds <= (line.seconds.at(-1) ?? 0)) return line;
  return { ...line, steps: [...line.steps, step], seconds: [...line.seconds, seconds] };
}

export interface Place {
  to(step: number): number;
  from(x: number): number;
}

const SAME: Place = { to: (step) => step, from: (x) => x };

/** Steps as tokens, `each` of them a step. */
export function inTokens(each: number): Place {
  return { to: (step) => step * each, from: (x) => x / each };
}

/** Steps as what the run itself counted at them, null where that does not rise and so is no axis. */
export function byCount(steps: readonly number[], counts: readonly number[]): Place | null {
  const rising = counts.every((count, at) => at === 0 || count > (counts[at - 1] as number));
  if (!rising || counts.length < 2) return null;
  return { to: (step) => along(steps, counts, step), from: (x) => along(counts, steps, x) };
}

/** Steps as the chart's axis has them: seconds, or (for `wall`) milliseconds of local time as if it were UTC. */
export function placing(kind: AxisKind, line: Timeline | null): Place {
  if (kind === "step" || kind === "tokens" || !line || line.steps.length < 2) return SAME;
  if (kind === "relative") {
    return { to: (step) => secondsAt(line, step), from: (x) => stepAt(line, x) };
  }
  const shift = line.firstAt * 1000 - new Date(line.firstAt * 1000).getTimezoneOffset() * 60_000;
  return {
    to: (step) => shift + secondsAt(line, step) * 1000,
    from: (x) => stepAt(line, (x - shift) / 1000),
  };
}

const UNITS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800,
  432_000,
];

/** Round places for labels of a duration, spelled `1:30` or `2:05:00`; about `most` of them. */
export function durationTicks([first, last]: Range, most = 7): { tickvals: number[]; ticktext: string[] } {
  const unit = UNITS.find((one) => (last - first) / one <= most) ?? Math.ceil((last - first) / most);
  const count = Math.floor(last / unit) - Math.ceil(first / unit) + 1;
  const tickvals = Array.from(
    { length: Math.max(0, count) },
    (_, at) => (Math.ceil(first / unit) + at) * unit,
  );
  return { tickvals, ticktext: tickvals.map(spelled) };
}

function spelled(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const whole = Math.abs(Math.round(seconds));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return `${sign}${hours > 0 ? `${hours}:${pad(minutes)}` : minutes}:${pad(whole % 60)}`;
}
