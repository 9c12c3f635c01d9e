/** What a command does and what became of it, in words. Pure. */

import type { CommandRecord, CommandRequest, Forecast, ForecastAnswer, GroupLr } from "../api/types.ts";
import { change, count, lrBrief, lrExact } from "../lib/format.ts";

export interface Effect {
  group: string;
  before: number;
  after: number;
}

/**
 * For each group, the lr just before and at the first step the command would change. Where the plan is
 * unknown the answer holds no curves: then what the command says of the lr in `groups` now.
 */
export function effects(
  request: CommandRequest,
  forecast: ForecastAnswer,
  groups: readonly GroupLr[],
): Effect[] {
  if (forecast.groups.length === 0) return effectsNow(request, groups);
  return forecast.groups.flatMap((group) => {
    const index = Math.max(0, firstChange(group));
    const before = group.present[index];
    const after = group.proposed[arrival(request, group, index)];
    return before === undefined || after === undefined ? [] : [{ group: group.group, before, after }];
  });
}

function firstChange(group: Forecast): number {
  return group.x.findIndex((_, index) => group.present[index] !== group.proposed[index]);
}

/** Where a change that takes its time has arrived, else where it begins. */
function arrival(request: CommandRequest, group: Forecast, begin: number): number {
  const there = (group.x[begin] ?? 0) + (request.over ?? 0) - 1;
  const index = group.x.findIndex((step) => step >= there);
  return request.over ? (index < 0 ? group.x.length - 1 : index) : begin;
}

function effectsNow(request: CommandRequest, groups: readonly GroupLr[]): Effect[] {
  const named = groups.filter((group) => request.groups?.includes(group.name) ?? true);
  const first = named[0]?.effective;
  return named.flatMap((group) => {
    const before = group.effective;
    if (before === null || !first) return [];
    const factor =
      request.kind === "hold" || request.kind === "ramp"
        ? (request.value ?? first) / first
        : (request.factor ?? 1);
    return [{ group: group.name, before, after: before * factor }];
  });
}

/** How long it holds, as `until released`, `for 200 steps`, `until step 5,000`. */
export function duration(request: CommandRequest): string {
  if (request.kind === "release") return "";
  if (request.for_steps) return `for ${count(request.for_steps)} steps`;
  if (request.until_step) return `until step ${count(request.until_step)}`;
  return "until released";
}

/** The whole effect in a sentence: `3.0e-4 → 1.5e-4 from about step 1,204, until released`. */
export function sentence(
  request: CommandRequest,
  forecast: ForecastAnswer,
  groups: readonly GroupLr[],
): string {
  const found = effects(request, forecast, groups);
  const several = found.length > 1;
  const values = found
    .map((effect) => {
      const arrow = `${lrBrief(effect.before)} → ${lrBrief(effect.after)}`;
      return several ? `${effect.group} ${arrow}` : arrow;
    })
    .join(", ");
  const over = request.over ? `over ${count(request.over)} steps ` : "";
  const start = `${over}from about step ${count(forecast.step)}`;
  return [values || forecast.text, start].join(" ") + suffix(duration(request));
}

function suffix(text: string): string {
  return text === "" ? "" : `, ${text}`;
}

/** What it does to the sum of the lr over the rest of the run, as `−23 % of the remaining lr`. */
export function areaWords(forecast: ForecastAnswer): string {
  const [first] = forecast.groups;
  if (!first || !Number.isFinite(first.area_change) || first.x.length < 2) return "";
  return `${change(first.area_change)} lr summed over the rest of the run`;
}

export type Stage = "sent" | "received" | "applied" | "ended" | "refused";

export interface Life {
  stage: Stage;
  text: string;
}

/** Where a command is in its life, as one line: `applied at step 1,204`. */
export function life(record: CommandRecord): Life {
  const last = record.events.at(-1);
  const why = last?.message ? `: ${readable(last.message)}` : "";
  switch (record.state) {
    case "requested":
      return { stage: "sent", text: "sent, waiting for the job" };
    case "accepted":
      return { stage: "received", text: "received by the job" };
    case "scheduled":
      return { stage: "received", text: `received, takes effect at step ${count(last?.step)}` };
    case "applied":
      return { stage: "applied", text: `applied at step ${count(appliedStep(record))}` };
    case "ended":
      return { stage: record.kind === "release" ? "applied" : "ended", text: endedText(record, why) };
    case "rejected":
      return { stage: "refused", text: `refused${why}` };
    case "expired":
      return { stage: "refused", text: `expired before the job received it${why}` };
    case "superseded":
      return { stage: "ended", text: `superseded${why}` };
    case "lost":
      return { stage: "refused", text: `lost: the job ended before it was applied` };
  }
}

function endedText(record: CommandRecord, why: string): string {
  const applied = appliedStep(record);
  const ended = record.events.findLast((event) => event.state === "ended")?.step;
  if (record.kind === "release") return `applied at step ${count(applied ?? ended)}`;
  return `applied at step ${count(applied)}, ended at step ${count(ended)}${why}`;
}

/** The ids of other commands say nothing to a person; the log shows those commands themselves. */
function readable(message: string): string {
  return message.replace(/ by [0-9a-f]{16,}\b/g, "");
}

/** The first step a command acted on, null when it never did. */
export function appliedStep(record: CommandRecord): number | null {
  return record.events.find((event) => event.state === "applied" && event.step !== null)?.step ?? null;
}

/** Milliseconds from the click to the ack, null before there is one. */
export function roundTrip(record: CommandRecord): number | null {
  const applied = record.events.find((event) => event.state === "applied");
  return applied ? Math.max(0, (applied.at - record.issued_at) * 1000) : null;
}

/** Who holds the dial, in words: `ada: scale 0.5, since step 104`. */
export function holding(record: CommandRecord): string {
  const step = appliedStep(record);
  const since = step === null ? "" : `, since step ${count(step)}`;
  return `${record.text}${since}`;
}

/** What has to be typed for a change beyond the limit of one: the factor, or the lr. */
export function confirmation(request: CommandRequest): string {
  if (request.kind === "scale") return `x${request.factor ?? ""}`;
  if (request.kind === "hold" || request.kind === "ramp") return lrExact(request.value);
  return request.kind;
}

/** The commands that others gave since `request` was armed. */
export function since(commands: readonly CommandRecord[], request: CommandRequest): CommandRecord[] {
  const base = request.base_revision;
  if (base === null || base === undefined) return [];
  return commands.filter((command) => command.revision > base && command.id !== request.id);
}
