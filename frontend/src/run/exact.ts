/** What was logged at the step under the cursor, asked of the server: the page's own points are thinned. */

import * as api from "../api/endpoints.ts";
import type { Row } from "../chart/reading.ts";
import { valuesAt } from "./logged.ts";

const LEAST_WIDTH = 16;

/** The values of `names` at `step`, called as the chart calls its lines: groups by name where there are `several`. */
export async function exactAt(
  run: string,
  names: readonly string[],
  several: boolean,
  step: number,
  signal: AbortSignal,
): Promise<Row[]> {
  const window = { from: step, to: step + 1, width: LEAST_WIDTH };
  const answer = await api.series(run, [...names], window, signal);
  return valuesAt(answer, step).map(({ name, value }) => ({
    name: readAs(name, several),
    value: Number.isFinite(Number(value)) ? Number(value) : value,
    colour: "",
  }));
}

/** `lr:head` as `lr head`, or as `lr` where it is the only group. */
export function readAs(name: string, several: boolean): string {
  const [, kind, group] = /^(lr|plan):(.*)$/.exec(name) ?? [];
  if (kind === undefined) return name;
  return several ? `${kind} ${group}` : kind;
}
