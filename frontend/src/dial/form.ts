/** What was filled in on the dial, as a command, or what is wrong with it. Pure. */

import type { CommandRequest } from "../api/types.ts";

export type Verb = "scale" | "hold" | "ramp" | "swap" | "release";
export type Until = "cleared" | "steps" | "step";

export interface Fields {
  verb: Verb;
  factor: string;
  value: string;
  /** Steps that a ramp, or the way back to the plan, takes. */
  over: string;
  schedule: string;
  fromHere: boolean;
  continuous: boolean;
  until: Until;
  /** The number of steps, or the step, that `until` means. */
  end: string;
  reason: string;
}

export const BLANK: Fields = {
  verb: "scale",
  factor: "",
  value: "",
  over: "",
  schedule: "",
  fromHere: true,
  continuous: false,
  until: "cleared",
  end: "",
  reason: "",
};

export type Field = "factor" | "value" | "over" | "schedule" | "end";

export type Filled =
  | { ok: true; request: CommandRequest }
  /** `fault` is empty while a field is only not filled in yet. */
  | { ok: false; field: Field; fault: string };

export const VERBS: readonly (readonly [Verb, string])[] = [
  ["scale", "Multiply"],
  ["hold", "Set"],
  ["ramp", "Ramp"],
  ["swap", "Swap"],
  ["release", "Return"],
];

/** How long it holds. A return has no such thing. */
export function duration(fields: Fields, step: number): Filled {
  if (fields.until === "cleared") return { ok: true, request: { kind: "hold" } };
  const found = whole(fields.end);
  if (found === null) return missing("end", fields.end, "a whole number of steps, as 200");
  if (fields.until === "steps") return { ok: true, request: { kind: "hold", for_steps: found } };
  if (found <= step) return { ok: false, field: "end", fault: `The run is past step ${found} already.` };
  return { ok: true, request: { kind: "hold", until_step: found } };
}

/** The command, for `groups` (null: all), of a run that stands at `step`. */
export function requestOf(fields: Fields, groups: string[] | null, step: number): Filled {
  const action = actionOf(fields);
  if (!action.ok) return action;
  const rest = { groups, reason: fields.reason.trim() };
  if (fields.verb === "release") return { ok: true, request: { ...action.request, ...rest } };
  const time = duration(fields, step);
  if (!time.ok) return time;
  return { ok: true, request: { ...time.request, ...action.request, ...rest } };
}

function actionOf(fields: Fields): Filled {
  switch (fields.verb) {
    case "scale":
      return withNumber("factor", fields.factor, (factor) => ({ kind: "scale", factor }));
    case "hold":
      return withNumber("value", fields.value, (value) => ({ kind: "hold", value }));
    case "ramp": {
      const over = whole(fields.over);
      const found = withNumber("value", fields.value, (value) => ({ kind: "ramp", value }));
      if (!found.ok) return found;
      if (over === null) return missing("over", fields.over, "a whole number of steps, as 500");
      return { ok: true, request: { ...found.request, over } };
    }
    case "swap": {
      const schedule = fields.schedule.trim();
      if (schedule === "") return { ok: false, field: "schedule", fault: "" };
      const how = { from_here: fields.fromHere, continuous: fields.continuous };
      return { ok: true, request: { kind: "swap", schedule, ...how } };
    }
    case "release": {
      if (fields.over.trim() === "") return { ok: true, request: { kind: "release" } };
      const over = whole(fields.over);
      if (over === null) return missing("over", fields.over, "a whole number of steps, as 500");
      return { ok: true, request: { kind: "release", over } };
    }
  }
}

function withNumber(field: Field, text: string, make: (value: number) => CommandRequest): Filled {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0) return missing(field, text, "a number of 0 or above, as 3e-4");
  return { ok: true, request: make(value) };
}

function missing(field: Field, text: string, expected: string): Filled {
  return { ok: false, field, fault: text.trim() === "" ? "" : `Expected ${expected}.` };
}

function whole(text: string): number | null {
  const found = /^[1-9][\d,_ ]*$/.test(text.trim()) ? Number(text.replace(/[,_ ]/g, "")) : Number.NaN;
  return Number.isSafeInteger(found) ? found : null;
}
