/** The step that was clicked on the chart, with everything that was logged there, exactly. */

import { type ReadonlySignal, signal } from "@preact/signals";
import * as api from "../api/endpoints.ts";
import type { SeriesAnswer } from "../api/types.ts";
import { latest } from "../lib/latest.ts";
import { type Value, valuesAt } from "./logged.ts";

export interface PickedStore {
  step: ReadonlySignal<number | null>;
  /** Null until the server has answered; empty where nothing was logged. */
  values: ReadonlySignal<readonly Value[] | null>;
  pick(step: number): void;
  clear(): void;
}

const LEAST_WIDTH = 16;

export function createPicked(run: string, names: () => string[]): PickedStore {
  const step = signal<number | null>(null);
  const values = signal<readonly Value[] | null>(null);
  const asking = latest<number, SeriesAnswer>(
    0,
    (at, abort) => api.series(run, names(), { from: at, to: at + 1, width: LEAST_WIDTH }, abort),
    (answer, at) => {
      values.value = valuesAt(answer, at);
    },
    () => {
      values.value = [];
    },
  );
  return {
    step,
    values,
    pick(at) {
      step.value = at;
      values.value = null;
      asking.ask(at);
    },
    clear() {
      asking.stop();
      step.value = null;
      values.value = null;
    },
  };
}
