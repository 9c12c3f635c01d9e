/** After a resume under another plan: what there is to choose, and what has been chosen. Pure. */

import type { CommandRecord, ResumeChoice, ResumeInfo } from "../api/types.ts";

export const CHOICE_WORDS: Record<ResumeChoice["name"], { title: string; says: string }> = {
  keep: { title: "Keep the old schedule", says: "Swap to the one that the checkpoint was made under." },
  follow: { title: "Follow the new plan", says: "Nothing to do: it drives already." },
  rewarm: { title: "Rewarm", says: "Ramp from the old lr to where the new plan will be, then follow it." },
};

export interface LrRow {
  group: string;
  before: number | null;
  after: number | null;
}

/** The lr of each group at the step of the checkpoint, by the old plan and by the new one. */
export function lrRows(info: ResumeInfo): LrRow[] {
  const groups = [...new Set([...Object.keys(info.old_lr), ...Object.keys(info.new_lr)])];
  return groups.map((group) => ({
    group,
    before: info.old_lr[group] ?? null,
    after: info.new_lr[group] ?? null,
  }));
}

/** Whether somebody turned the dial since: then the question is answered. */
export function isAnswered(info: ResumeInfo, commands: readonly CommandRecord[]): boolean {
  return commands.some((command) =>
    command.events.some(
      (event) => event.state === "applied" && event.step !== null && event.step > info.step,
    ),
  );
}
