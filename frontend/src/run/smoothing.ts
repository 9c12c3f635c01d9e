/** Asks the server for a run's metrics smoothed over every point. */

import * as api from "../api/endpoints.ts";
import type { Range } from "../chart/axis.ts";
import { EMPTY } from "../lib/series.ts";
import { type Smooth, windowFor } from "./smooth.ts";
import type { RunState } from "./state.ts";
import { COLUMNS } from "./view.ts";

/** The `metrics` over `stretch` (null: the whole run); those that are logged as often come in one answer. */
export async function readSmooth(
  state: RunState,
  metrics: readonly string[],
  stretch: Range | null,
  weight: number,
  signal: AbortSignal,
): Promise<Smooth> {
  const asked = new Map<string, { window: api.Window; names: string[] }>();
  for (const name of metrics) {
    const window = { ...windowFor(state.series[name] ?? EMPTY, stretch, weight, COLUMNS), smooth: weight };
    const key = JSON.stringify(window);
    asked.set(key, { window, names: [...(asked.get(key)?.names ?? []), name] });
  }
  const answers = await Promise.all(
    [...asked.values()].map(({ window, names }) => api.series(state.detail.id, names, window, signal)),
  );
  const [first, last] = stretch ?? [0, Number.POSITIVE_INFINITY];
  return {
    weight,
    first,
    last,
    series: Object.assign({}, ...answers.map((answer) => answer.series)),
    cursor: Math.min(...answers.map((answer) => answer.cursor)),
  };
}
