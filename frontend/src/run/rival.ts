/** A schedule held against the run: one from Design or pasted, drawn over the plan, run by nobody. */

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { PreviewAnswer, PreviewRequest } from "../api/types.ts";
import { latest } from "../lib/latest.ts";
import { extent } from "../lib/series.ts";
import { planOf } from "./state.ts";
import type { RunStore } from "./store.ts";

export interface Rival {
  name: string;
  text: string;
}

/** A rival in the part of a link after `#`, as a design is spelled there. */
export function toHash({ name, text }: Rival): string {
  return `#${new URLSearchParams({ s: text, name })}`;
}

export function fromHash(hash: string): Rival | null {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const text = said.get("s");
  return text ? { text, name: said.get("name") ?? PASTED } : null;
}

export interface RivalCurve {
  name: string;
  x: readonly number[];
  y: readonly number[];
}

export interface RivalStore {
  chosen: Signal<Rival | null>;
  curve: ReadonlySignal<RivalCurve | null>;
  /** Why there is no curve; empty while there is one, or none is wanted. */
  fault: ReadonlySignal<string>;
  close(): void;
}

/** The name of one that was not saved under any. */
export const PASTED = "design";
const WAIT_MS = 150;
const COLUMNS = 600;

/** The base lr of the run's first group: as its plan tells it, else the highest that was planned for it so far. */
function baseOf(store: RunStore): number | null {
  const state = store.state.peek();
  const group = state?.detail.groups[0];
  if (!state || !group) return null;
  const planned = extent(state.series[planOf(group.name)]?.y ?? []);
  return state.detail.plan.base[group.name] ?? planned?.[1] ?? group.planned ?? group.effective;
}

export function createRival(store: RunStore, start: Rival | null): RivalStore {
  const chosen = signal<Rival | null>(start);
  const curve = signal<RivalCurve | null>(null);
  const fault = signal("");
  const asking = latest<PreviewRequest, PreviewAnswer>(
    WAIT_MS,
    api.preview,
    ({ ok, x, y, diagnostics }) => {
      const found = diagnostics.find(({ severity }) => severity === "error");
      fault.value = ok ? "" : `${found?.line}:${found?.column} ${found?.message} ${found?.suggestion}`;
      curve.value = ok ? { name: chosen.value?.name ?? "", x, y } : null;
    },
    (error) => {
      fault.value = problemFrom(error).message;
      curve.value = null;
    },
  );
  const loaded = computed(() => store.state.value !== null);
  const stop = effect(() => {
    const rival = chosen.value;
    const [first, last] = store.range.value;
    const detail = loaded.value ? store.state.peek()?.detail : undefined;
    if (!rival?.text.trim() || !detail) {
      asking.stop();
      curve.value = null;
      fault.value = "";
      return;
    }
    asking.ask({
      text: rival.text,
      base: baseOf(store),
      total: detail.total,
      epoch: detail.plan.epoch,
      width: COLUMNS,
      from_step: Math.floor(first),
      to_step: Math.ceil(last),
    });
  });
  return {
    chosen,
    curve,
    fault,
    close() {
      stop();
      asking.stop();
    },
  };
}
