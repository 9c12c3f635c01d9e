/** What of a run its chart shows: the choices made on the page, joined to the run, as a figure on demand. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ForecastAnswer } from "../api/types.ts";
import type { Range, Scale } from "../chart/axis.ts";
import type { Figure } from "../chart/layout.ts";
import { palette } from "../chart/palette.ts";
import { shownTheme } from "../shell/theme.ts";
import { draw, type Scene } from "./figure.ts";
import { spans } from "./spans.ts";
import { drawn, inForce } from "./state.ts";
import type { RunStore } from "./store.ts";

export interface SceneStore {
  hidden: ReadonlySignal<ReadonlySet<string>>;
  lrScale: Signal<Scale>;
  metricScale: Signal<Scale>;
  /** Points of the metric in the last drawing. */
  shown: ReadonlySignal<number>;
  /** Changes with everything that is drawn. */
  version: ReadonlySignal<object>;
  /** Changes with what a person did: that is drawn at once. */
  urgent: ReadonlySignal<string>;
  toggle(group: string): void;
  figure(): Figure;
}

// Kept from run to run: who likes a log axis likes it everywhere.
const lrScale = signal<Scale>("linear");
const metricScale = signal<Scale>("linear");

interface Futures {
  forecast: ReadonlySignal<ForecastAnswer | null>;
  present: ReadonlySignal<ForecastAnswer | null>;
}

export function createScene(store: RunStore, { forecast, present }: Futures): SceneStore {
  const hidden = signal<ReadonlySet<string>>(new Set());
  const shown = signal(0);
  let before: { key: string; lr: Range | null; metric: Range | null } = { key: "", lr: null, metric: null };

  const scales = computed(() => `${lrScale.value} ${metricScale.value} ${store.metric.value}`);
  const urgent = computed(() =>
    [
      scales.value,
      store.range.value,
      shownTheme.value,
      [...hidden.value],
      forecast.value?.text ?? "",
      present.value !== null,
      Object.keys(store.plans.value).length,
    ].join("|"),
  );
  const version = computed(() => [store.state.value, store.plans.value, present.value, urgent.value]);

  function sceneNow(): Scene | null {
    const now = store.state.peek();
    if (!now) return null;
    const ranges = before.key === scales.peek() ? before : { lr: null, metric: null };
    return {
      palette: palette.peek(),
      range: store.range.peek(),
      step: now.detail.step,
      series: drawn(now),
      plans: store.plans.peek(),
      groups: now.detail.groups.map((group) => group.name),
      hidden: hidden.peek(),
      metric: store.metric.peek(),
      spans: spans(now.commands),
      overridden: inForce(now).length > 0,
      forecast: forecast.peek(),
      present: present.peek(),
      lrScale: lrScale.peek(),
      metricScale: metricScale.peek(),
      before: { lr: ranges.lr, metric: ranges.metric },
    };
  }

  return {
    hidden,
    lrScale,
    metricScale,
    shown,
    version,
    urgent,
    toggle(group) {
      const next = new Set(hidden.value);
      if (!next.delete(group)) next.add(group);
      hidden.value = next;
    },
    figure() {
      const scene = sceneNow();
      if (!scene) return { traces: [], layout: {} };
      const made = draw(scene);
      before = { key: scales.peek(), lr: made.lr, metric: made.metric };
      shown.value = made.shown;
      return made.figure;
    },
  };
}
