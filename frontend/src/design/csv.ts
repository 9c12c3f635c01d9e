/** The curve as a table. Pure. */

import type { PreviewAnswer } from "../api/types.ts";
import { ownGroup } from "./figure.ts";

/** Rows of step and lr, with the group in front where the text has groups. */
export function csvOf(answer: PreviewAnswer): string {
  const own = ownGroup(answer);
  const rows = (x: readonly number[], y: readonly number[], front: string): string[] =>
    x.map((step, index) => `${front}${step},${y[index]}`);
  if (own === null) return ["step,lr", ...rows(answer.x, answer.y, "")].join("\n");
  const curves = [{ group: own, x: answer.x, y: answer.y }, ...answer.curves];
  return ["group,step,lr", ...curves.flatMap(({ group, x, y }) => rows(x, y, `${field(group)},`))].join("\n");
}

function field(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
