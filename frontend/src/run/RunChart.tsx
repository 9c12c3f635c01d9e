/** The run's chart with its controls. */

import { useEffect, useRef } from "preact/hooks";
import { Chart } from "../chart/Chart.tsx";
import { count } from "../lib/format.ts";
import { ChartTools } from "./ChartTools.tsx";
import type { SceneStore } from "./scene.ts";
import type { RunState } from "./state.ts";
import type { RunStore } from "./store.ts";
import { follow, zoomTo } from "./view.ts";

interface Props {
  store: RunStore;
  state: RunState;
  scene: SceneStore;
}

export function RunChart({ store, state, scene }: Props) {
  useKey("f", () => (store.view.value = follow(store.view.value)));
  const metric = store.metric.value ?? "no metric";
  const [first, last] = store.range.value;
  return (
    <section class="card run-chart" aria-label="Charts">
      <ChartTools store={store} state={state} scene={scene} />
      <Chart
        figure={scene.figure}
        version={scene.version.value}
        urgentKey={scene.urgent.value}
        live={{ span: last - first, rate: state.detail.rate ?? 0 }}
        label={`Learning rate over ${metric} by step, up to step ${count(state.detail.step)}`}
        testid="run-chart"
        events={{
          zoom: (first, last) => (store.view.value = zoomTo(store.view.value, first, last)),
          reset: () => (store.view.value = follow(store.view.value)),
        }}
      />
      <Footnote store={store} state={state} shown={scene.shown.value} />
    </section>
  );
}

function useKey(key: string, act: () => void): void {
  const newest = useRef(act);
  newest.current = act;
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      const target = event.target as HTMLElement;
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest("input, textarea, select, [contenteditable]")) return;
      newest.current();
    }
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [key]);
}

function Footnote({ store, state, shown }: { store: RunStore; state: RunState; shown: number }) {
  const metric = store.metric.value;
  const name = metric ?? "";
  const all = state.fine?.series[name] ?? state.series[name];
  const why = state.detail.plan.origin === "none" ? state.detail.plan.why : "";
  return (
    <p class="footnote muted">
      {all && all.total > 0 && (
        <span>
          Showing {count(shown)} of {count(Math.max(shown, all.total))} points of {metric}
          {shown < all.total ? " (least and greatest of each column); zoom for more" : ""}.
        </span>
      )}
      {why && <span> The plan ahead is unknown: {why}</span>}
    </p>
  );
}
