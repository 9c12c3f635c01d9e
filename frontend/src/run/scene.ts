/** What of a run its chart shows: the choices made on the page, joined to the run, as a figure on demand. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Annotation, ForecastAnswer, Series } from "../api/types.ts";
import type { Range } from "../chart/axis.ts";
import type { Figure } from "../chart/layout.ts";
import { palette } from "../chart/palette.ts";
import { shownTheme } from "../shell/theme.ts";
import { draw, type Scene } from "./figure.ts";
import type { Axis } from "./layout.ts";
import { clip, lrScale, metricScale, smoothing, stepTokens } from "./options.ts";
import type { RivalCurve } from "./rival.ts";
import { spans } from "./spans.ts";
import { drawn, inForce, stampOf } from "./state.ts";
import type { RunStore } from "./store.ts";

export interface SceneStore {
  hidden: ReadonlySignal<ReadonlySet<string>>;
  /** The group whose name is under the mouse. */
  forward: Signal<string | null>;
  /** Where the cursor stands on the axis, in every chart of the run. */
  cursor: Signal<number | null>;
  /** Points of the metric in the last drawing. */
  shown: ReadonlySignal<number>;
  /** Points that the clipped axis left out of it. */
  clipped: ReadonlySignal<number>;
  /** Changes with everything that is drawn. */
  version: ReadonlySignal<object>;
  /** Changes with what a person did: that is drawn at once. */
  urgent: ReadonlySignal<string>;
  toggle(group: string): void;
  /** Only this group, or, where it is alone already, all. */
  solo(group: string): void;
  figure(): Figure;
}

/** What the chart shows beside the run itself. */
export interface Beside {
  annotations: ReadonlySignal<readonly Annotation[]>;
  picked: ReadonlySignal<number | null>;
  axis: ReadonlySignal<Axis>;
  forecast: ReadonlySignal<ForecastAnswer | null>;
  present: ReadonlySignal<ForecastAnswer | null>;
  rival: ReadonlySignal<RivalCurve | null>;
}

export function createScene(
  store: RunStore,
  { annotations, picked, axis, forecast, present, rival }: Beside,
): SceneStore {
  const hidden = signal<ReadonlySet<string>>(new Set());
  const forward = signal<string | null>(null);
  const cursor = signal<number | null>(null);
  const shown = signal(0);
  const clipped = signal(0);
  let before: { key: string; lr: Range | null; metric: Range | null } = { key: "", lr: null, metric: null };

  const scales = computed(() => `${lrScale.value} ${metricScale.value} ${store.metric.value} ${clip.value}`);
  // The points that a zoom or the smoothing asked for are waited for as that itself was.
  const stretch = computed(() => (store.state.value ? stampOf(store.state.value) : ""));
  const urgent = computed(() =>
    [
      scales.value,
      stretch.value,
      store.range.value,
      shownTheme.value,
      [...hidden.value],
      forecast.value?.text ?? "",
      present.value !== null,
      rival.value?.name,
      forward.value,
      picked.value,
      axis.value.kind,
      stepTokens.value,
      clip.value,
      smoothing.value,
      annotations.value.map((note) => `${note.id} ${note.step} ${note.text}`),
      Object.keys(store.plans.value).length,
    ].join("|"),
  );
  const version = computed(() => [
    store.state.value,
    store.plans.value,
    present.value,
    rival.value,
    axis.value,
    urgent.value,
  ]);

  function sceneNow(): Scene | null {
    const now = store.state.peek();
    if (!now) return null;
    const series = drawn(now);
    const ranges = before.key === scales.peek() ? before : { lr: null, metric: null };
    return {
      palette: palette.peek(),
      range: store.range.peek(),
      step: reached(now.detail.step, series),
      series,
      plans: store.plans.peek(),
      groups: now.detail.groups.map((group) => group.name),
      hidden: hidden.peek(),
      forward: forward.peek(),
      metric: store.metric.peek(),
      spans: spans(now.commands),
      annotations: annotations.peek(),
      picked: picked.peek(),
      overridden: inForce(now).length > 0,
      forecast: forecast.peek(),
      present: present.peek(),
      rival: rival.peek(),
      lrScale: lrScale.peek(),
      metricScale: metricScale.peek(),
      smoothing: smoothing.peek(),
      smooth: now.smooth,
      clip: clip.peek(),
      axis: axis.peek(),
      before: { lr: ranges.lr, metric: ranges.metric },
    };
  }

  return {
    hidden,
    forward,
    cursor,
    shown,
    clipped,
    version,
    urgent,
    toggle(group) {
      const next = new Set(hidden.value);
      if (!next.delete(group)) next.add(group);
      hidden.value = next;
    },
    solo(group) {
      const others = (store.state.peek()?.detail.groups ?? []).map((one) => one.name);
      const rest = others.filter((name) => name !== group);
      const alone = !hidden.value.has(group) && rest.every((name) => hidden.value.has(name));
      hidden.value = new Set(alone ? [] : rest);
    },
    figure() {
      const scene = sceneNow();
      if (!scene) return { traces: [], layout: {} };
      const made = draw(scene);
      before = { key: scales.peek(), lr: made.lr, metric: made.metric };
      shown.value = made.shown;
      clipped.value = made.clipped;
      return made.figure;
    },
  };
}

/** The present: the last step taken, which the points of a line may tell a moment before the run's own message. */
function reached(step: number, series: Record<string, Series>): number {
  return Object.values(series).reduce((last, { x }) => Math.max(last, x.at(-1) ?? 0), step);
}
