/** The run's chart with its controls. */

import { AnnotationForm } from "../annotations/Annotations.tsx";
import type { Annotations } from "../annotations/store.ts";
import { Chart } from "../chart/Chart.tsx";
import { count } from "../lib/format.ts";
import { useKeys } from "../lib/keys.ts";
import { mayControl } from "../shell/session.ts";
import { ChartTools } from "./ChartTools.tsx";
import { smoothing } from "./options.ts";
import { Picked } from "./Picked.tsx";
import type { PickedStore } from "./picked.ts";
import type { SceneStore } from "./scene.ts";
import type { RunState } from "./state.ts";
import type { RunStore } from "./store.ts";
import { follow, zoomOut, zoomTo } from "./view.ts";

interface Props {
  store: RunStore;
  state: RunState;
  scene: SceneStore;
  annotations: Annotations;
  picked: PickedStore;
}

export function RunChart({ store, state, scene, annotations, picked }: Props) {
  const write = (step: number): void => {
    if (mayControl.value) annotations.write(step);
  };
  useKeys({
    f: () => (store.view.value = follow(store.view.value)),
    z: () => (store.view.value = zoomOut(store.view.value)),
    a: () => write(picked.step.value ?? state.detail.step),
  });
  const metric = store.metric.value ?? "no metric";
  const [first, last] = store.range.value;
  const { place } = store.axis.value;
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
          zoom: (from, to) => (store.view.value = zoomTo(store.view.value, place.from(from), place.from(to))),
          reset: () => (store.view.value = follow(store.view.value)),
          pick: (x, noting) => {
            const step = Math.max(0, Math.round(place.from(x)));
            if (noting) write(step);
            else picked.pick(step);
          },
        }}
      />
      <AnnotationForm store={annotations} />
      <Picked picked={picked} write={write} />
      <Footnote store={store} state={state} scene={scene} />
    </section>
  );
}

function Footnote({ store, state, scene }: { store: RunStore; state: RunState; scene: SceneStore }) {
  const metric = store.metric.value;
  const shown = scene.shown.value;
  const clipped = scene.clipped.value;
  const all = state.fine?.series[metric ?? ""] ?? state.series[metric ?? ""];
  const why = state.detail.plan.origin === "none" ? state.detail.plan.why : "";
  const thinned = all !== undefined && shown < all.total;
  return (
    <p class="footnote muted" data-testid="chart-footnote">
      {all && all.total > 0 && (
        <span>
          Showing {count(shown)} of {count(Math.max(shown, all.total))} points of {metric}
          {thinned ? " (least and greatest of each column); zoom for more" : ""}.
        </span>
      )}
      {clipped > 0 && (
        <strong>
          {" "}
          {count(clipped)} {clipped === 1 ? "point lies" : "points lie"} beyond the clipped axis.
        </strong>
      )}
      {smoothing.value > 0 && thinned && <span> Smoothed over the points shown.</span>}
      {why && <span> The plan ahead is unknown: {why}</span>}
    </p>
  );
}
