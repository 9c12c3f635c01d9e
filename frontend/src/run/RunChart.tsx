/** The run's chart with its controls. */

import { useSignal } from "@preact/signals";
import { AnnotationForm } from "../annotations/Annotations.tsx";
import type { Annotations } from "../annotations/store.ts";
import { Chart } from "../chart/Chart.tsx";
import { count } from "../lib/format.ts";
import { useKeys } from "../lib/keys.ts";
import { fetched } from "../shell/fetched.tsx";
import { mayControl } from "../shell/session.ts";
import { ChartHead } from "./ChartHead.tsx";
import { exactAt } from "./exact.ts";
import { Footnote } from "./Footnote.tsx";
import { placeWords } from "./layout.ts";
import { Picked } from "./Picked.tsx";
import type { PickedStore } from "./picked.ts";
import type { RivalStore } from "./rival.ts";
import type { SceneStore } from "./scene.ts";
import { lrOf, planOf, type RunState } from "./state.ts";
import type { RunStore } from "./store.ts";
import { follow, moveTo, zoomOut, zoomTo } from "./view.ts";

/** Few have a design to compare with. */
const RivalForm = fetched(null, () => import("./RivalForm.tsx").then((module) => module.RivalForm));

interface Props {
  store: RunStore;
  state: RunState;
  scene: SceneStore;
  annotations: Annotations;
  picked: PickedStore;
  rival: RivalStore;
}

export function RunChart({ store, state, scene, annotations, picked, rival }: Props) {
  const choosing = useSignal(false);
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
  const { id, groups } = state.detail;
  const asked = [
    ...groups.flatMap(({ name }) => [lrOf(name), planOf(name)]),
    ...(store.metric.value ? [store.metric.value] : []),
  ];
  return (
    <section class="card run-chart" aria-label="Charts">
      <ChartHead store={store} state={state} scene={scene} rival={rival.chosen.value?.name ?? null} />
      <Chart
        figure={scene.figure}
        version={scene.version.value}
        urgentKey={scene.urgent.value}
        live={{ span: last - first, rate: state.detail.rate ?? 0 }}
        label={`Learning rate over ${metric} by step, up to step ${count(state.detail.step)}`}
        testid="run-chart"
        events={{
          zoom: (from, to) => (store.view.value = zoomTo(store.view.value, place.from(from), place.from(to))),
          move: ([from, to]) =>
            (store.view.value = moveTo(store.view.value, [place.from(from), place.from(to)])),
          reset: () => (store.view.value = follow(store.view.value)),
          pick: (x, noting) => {
            const step = Math.max(0, Math.round(place.from(x)));
            if (noting) write(step);
            else picked.pick(step);
          },
        }}
        cursor={scene.cursor}
        place={(x) => placeWords(store.axis.value, x)}
        exact={(x, signal) => exactAt(id, asked, groups.length > 1, Math.round(place.from(x)), signal)}
      />
      <AnnotationForm store={annotations} />
      <Picked picked={picked} write={write} />
      <Footnote
        store={store}
        state={state}
        scene={scene}
        compare={() => (choosing.value = !choosing.value)}
      />
      {choosing.value && <RivalForm rival={rival} close={() => (choosing.value = false)} />}
    </section>
  );
}
