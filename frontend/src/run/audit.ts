/** The log of commands as rows: filtered by what is typed, written out as CSV. Pure. */

import type { CommandRecord } from "../api/types.ts";
import { appliedStep, life, roundTrip } from "../dial/words.ts";
import { exactTime } from "../lib/format.ts";

/** The commands in which every word typed occurs: in the text, the state, who, why, or what became of it. */
export function matching(commands: readonly CommandRecord[], typed: string): CommandRecord[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter((command) => {
    const { text, issued_by, state, request } = command;
    const all = `${text} ${issued_by} ${state} ${request.reason ?? ""} ${life(command).text}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** The lr of each group as the job told it when it applied the command, `from` and `to`. */
export function lrChange(command: CommandRecord): { group: string; from: number; to: number }[] {
  const applied = command.events.find((event) => event.state === "applied" && event.step !== null);
  return Object.entries(applied?.effective ?? {}).map(([group, to]) => ({
    group,
    from: applied?.planned[group] ?? Number.NaN,
    to,
  }));
}

const HEAD = [
  "id",
  "issued",
  "by",
  "command",
  "why",
  "state",
  "step",
  "round trip ms",
  "planned lr",
  "effective lr",
];

/** The log as CSV with one row a command, oldest first. */
export function asCsv(commands: readonly CommandRecord[]): string {
  const rows = commands.map((command) => {
    const lrs = lrChange(command);
    const trip = roundTrip(command);
    return [
      command.id,
      exactTime(command.issued_at),
      command.issued_by,
      command.text,
      command.request.reason ?? "",
      command.state,
      String(appliedStep(command) ?? ""),
      trip === null ? "" : trip.toFixed(1),
      lrs.map(({ group, from }) => `${group} ${from}`).join(" "),
      lrs.map(({ group, to }) => `${group} ${to}`).join(" "),
    ];
  });
  return [HEAD, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
}

/** What looks like a formula gets an apostrophe before it, as in the server's own exports. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
