/** A command as it would be given in a terminal or in Python. Pure. */

import type { CommandRequest } from "../api/types.ts";

/** As `rheostat scale my-run 0.5 --for-steps 200`. */
export function asShell(run: string, request: CommandRequest): string {
  const words = ["rheostat", request.kind, run];
  if (request.kind === "scale") words.push(String(request.factor));
  if (request.kind === "hold" || request.kind === "ramp") words.push(String(request.value));
  if (request.kind === "swap") words.push(request.schedule ?? "");
  if (request.over) words.push("--over", String(request.over));
  if (request.continuous) words.push("--continuous");
  if (request.from_here) words.push("--from-here");
  if (request.groups) words.push("--groups", ...request.groups);
  if (request.at_step) words.push("--at-step", String(request.at_step));
  if (request.for_steps) words.push("--for-steps", String(request.for_steps));
  if (request.until_step) words.push("--until-step", String(request.until_step));
  if (request.confirmed) words.push("--confirm");
  if (request.reason) words.push("--reason", request.reason);
  return words.map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;
}

const NAMES = [
  "factor",
  "value",
  "over",
  "schedule",
  "continuous",
  "from_here",
  "groups",
  "at_step",
  "for_steps",
  "until_step",
  "confirmed",
  "reason",
] as const;

/** As two lines with the client that comes with the package. */
export function asPython(run: string, request: CommandRequest): string {
  const given = NAMES.flatMap((name) => {
    const value = request[name];
    if (value === undefined || value === null || value === "" || value === false) return [];
    return [`${name}=${literal(value)}`];
  });
  const call = [literal(run), literal(request.kind), ...given].join(", ");
  return `from rheostat.client import Client\n\nwith Client() as dashboard:\n    dashboard.command(${call})`;
}

function literal(value: string | number | boolean | string[]): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  // Text and lists of text as JSON writes them are text and lists of text in Python.
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
