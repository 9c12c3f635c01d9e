/** What the run's chart shows: its legend, the steps in view, the scales, the metric. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Scale } from "../chart/axis.ts";
import { whole } from "../design/draft.ts";
import { count } from "../lib/format.ts";
import { resting } from "../lib/resting.ts";
import { Choice } from "../shell/Choice.tsx";
import { Legend } from "./Legend.tsx";
import { allLogged, axisKind, clip, lrScale, metricScale, scaleAll, stepTokens } from "./options.ts";
import type { SceneStore } from "./scene.ts";
import { Smoothing } from "./Smoothing.tsx";
import type { RunState } from "./state.ts";
import type { RunStore } from "./store.ts";
import type { AxisKind } from "./timeline.ts";
import { follow, isFollowing, type View, zoomOut } from "./view.ts";

interface Props {
  store: RunStore;
  state: RunState;
  scene: SceneStore;
  rival: string | null;
}

/** What says which lines and which steps these are; the rest, on a phone, only when it is asked for: the chart comes first. */
export const ChartHead = resting(Head, ({ store, state, scene, rival }: Props) => [
  store,
  scene,
  rival,
  state.commands,
  state.detail.metrics,
  state.detail.groups.map(({ name }) => name).join("\n"),
]);

function Head({ store, state, scene, rival }: Props) {
  const open = useSignal(false);
  const id = useId();
  return (
    <div class="card-head chart-head">
      <Legend state={state} scene={scene} rival={rival} />
      <button
        type="button"
        class="button small toggle tools-toggle"
        data-testid="chart-tools"
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => (open.value = !open.value)}
      >
        View
      </button>
      <Following view={store.view.value} change={(view) => (store.view.value = view)} />
      <div id={id} class={`chart-tools ${open.value ? "is-open" : ""}`}>
        <Tools store={store} state={state} />
      </div>
    </div>
  );
}

function Tools({ store, state }: Pick<Props, "store" | "state">) {
  const metric = store.metric.value ?? "metric";
  return (
    <>
      <fieldset class="logs" aria-label="Logarithmic axes">
        <span class="muted">log</span>
        <ScaleChoice label="lr" value={lrScale.value} choose={(scale) => (lrScale.value = scale)} />
        <ScaleChoice
          label={metric}
          value={metricScale.value}
          choose={(scale) => (metricScale.value = scale)}
        />
        <ScaleChoice
          label="all"
          value={allLogged(state.detail.metrics) ? "log" : "linear"}
          choose={(scale) => scaleAll(scale, state.detail.metrics)}
        />
      </fieldset>
      <MetricChoice store={store} state={state} />
      <button
        type="button"
        class="button small toggle"
        aria-pressed={clip.value}
        title="Leave outliers out of the axes of metrics"
        onClick={() => (clip.value = !clip.value)}
      >
        clip
      </button>
      <AxisChoice counted={store.counts.value} />
      <Smoothing />
    </>
  );
}

function Following({ view, change }: { view: View; change: (view: View) => void }) {
  const following = isFollowing(view);
  return (
    <div class="following">
      <Choice
        label="Steps shown"
        options={[
          ["whole", "Whole run"],
          ["recent", "Recent"],
        ]}
        value={following ? view.following : null}
        choose={(mode) => change(follow(view, mode))}
      />
      <button
        type="button"
        class="button small"
        disabled={following}
        onClick={() => change(zoomOut(view))}
        title="Key: z"
      >
        Zoom out
      </button>
      <button
        type="button"
        class="button small"
        disabled={following}
        onClick={() => change(follow(view))}
        title="Key: f"
      >
        Follow
      </button>
    </div>
  );
}

interface ScaleProps {
  label: string;
  value: Scale;
  choose: (scale: Scale) => void;
}

function ScaleChoice({ label, value, choose }: ScaleProps) {
  const log = value === "log";
  return (
    <button
      type="button"
      class="button small toggle"
      aria-pressed={log}
      aria-label={label === "all" ? "Logarithmic axes in all charts" : `Logarithmic ${label} axis`}
      title={label === "all" ? "Logarithmic axes in all charts" : `Logarithmic ${label} axis`}
      onClick={() => choose(log ? "linear" : "log")}
    >
      {label}
    </button>
  );
}

function MetricChoice({ store, state }: { store: RunStore; state: RunState }) {
  if (state.detail.metrics.length < 2) return null;
  return (
    <select
      class="quiet"
      aria-label="Metric of the lower chart"
      value={store.metric.value ?? ""}
      onChange={(event) => (store.chosenMetric.value = event.currentTarget.value)}
    >
      {state.detail.metrics.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

const AXES: readonly (readonly [AxisKind, string])[] = [
  ["step", "by step"],
  ["tokens", "by tokens"],
  ["relative", "by time"],
  ["wall", "by clock"],
];

function AxisChoice({ counted }: { counted: boolean }) {
  return (
    <>
      <AxisSelect />
      {axisKind.value === "tokens" && !counted && (
        <label class="labelled">
          <span class="muted">tokens a step</span>
          <input
            class="num tokens-field"
            inputMode="numeric"
            data-testid="step-tokens"
            value={count(stepTokens.value)}
            onChange={(event) => {
              stepTokens.value = whole(event.currentTarget.value) ?? stepTokens.value;
              event.currentTarget.value = count(stepTokens.value);
            }}
          />
        </label>
      )}
    </>
  );
}

function AxisSelect() {
  return (
    <select
      class="quiet"
      aria-label="What the charts are laid out by"
      data-testid="axis"
      value={axisKind.value}
      onChange={(event) => (axisKind.value = event.currentTarget.value as AxisKind)}
    >
      {AXES.map(([kind, words]) => (
        <option key={kind} value={kind}>
          {words}
        </option>
      ))}
    </select>
  );
}
