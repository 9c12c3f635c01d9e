/** What the run's chart shows: its legend, the steps in view, the scales, the metric. */

import type { Scale } from "../chart/axis.ts";
import { palette } from "../chart/palette.ts";
import { MOST } from "../lib/smooth.ts";
import { Choice } from "../shell/Choice.tsx";
import { axisKind, clip, lrScale, metricScale, smoothing } from "./options.ts";
import type { SceneStore } from "./scene.ts";
import type { RunState } from "./state.ts";
import type { RunStore } from "./store.ts";
import type { AxisKind } from "./timeline.ts";
import { follow, isFollowing, type View, zoomOut } from "./view.ts";

interface Props {
  store: RunStore;
  state: RunState;
  scene: SceneStore;
}

export function ChartTools({ store, state, scene }: Props) {
  const metric = store.metric.value ?? "metric";
  return (
    <div class="card-head chart-tools">
      <Legend state={state} scene={scene} />
      <Following view={store.view.value} change={(view) => (store.view.value = view)} />
      <ScaleChoice label="lr" value={lrScale.value} choose={(scale) => (lrScale.value = scale)} />
      <ScaleChoice label={metric} value={metricScale.value} choose={(scale) => (metricScale.value = scale)} />
      <MetricChoice store={store} state={state} />
      <AxisChoice />
      <Smoothing />
      <button
        type="button"
        class="button small toggle"
        aria-pressed={clip.value}
        title="Leave outliers out of the axes of metrics"
        onClick={() => (clip.value = !clip.value)}
      >
        clip
      </button>
    </div>
  );
}

function Legend({ state, scene }: { state: RunState; scene: SceneStore }) {
  const colours = palette.value.groups;
  const { groups } = state.detail;
  const overridden = state.commands.some((command) => command.kind !== "release");
  return (
    <div class="legend">
      {groups.length > 1 ? (
        groups.map((group, index) => (
          <button
            type="button"
            key={group.name}
            class="legend-item"
            aria-pressed={!scene.hidden.value.has(group.name)}
            title="Click hides, double click shows it alone"
            onClick={() => scene.toggle(group.name)}
            onDblClick={() => scene.solo(group.name)}
            onPointerEnter={() => (scene.forward.value = group.name)}
            onPointerLeave={() => (scene.forward.value = null)}
            onFocus={() => (scene.forward.value = group.name)}
            onBlur={() => (scene.forward.value = null)}
          >
            <Stroke colour={colours[index % colours.length] as string} />
            {group.name}
          </button>
        ))
      ) : (
        <span class="legend-item">
          <Stroke colour={colours[0] as string} />
          lr
        </span>
      )}
      <span class="legend-item muted">
        <Stroke
          colour={groups.length > 1 ? "currentColor" : (colours[0] as string)}
          thin
          dashed={overridden}
        />
        plan
      </span>
    </div>
  );
}

function Stroke({ colour, thin, dashed }: { colour: string; thin?: boolean; dashed?: boolean }) {
  return (
    <svg viewBox="0 0 20 8" width="20" height="8" aria-hidden="true">
      <path
        d="M1 4h18"
        stroke={colour}
        stroke-width={thin ? 1.5 : 2.5}
        stroke-dasharray={dashed ? "4 3" : ""}
      />
    </svg>
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
      title={`Logarithmic ${label} axis`}
      onClick={() => choose(log ? "linear" : "log")}
    >
      log {label}
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
      onChange={(event) => store.chooseMetric(event.currentTarget.value)}
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
  ["relative", "by time"],
  ["wall", "by clock"],
];

function AxisChoice() {
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

function Smoothing() {
  return (
    <label class="smoothing">
      <span class="muted">smooth</span>
      <input
        type="range"
        min="0"
        max={MOST}
        step="0.01"
        data-testid="smoothing"
        value={smoothing.value}
        onInput={(event) => (smoothing.value = Number(event.currentTarget.value))}
      />
      <span class="num">{smoothing.value === 0 ? "off" : smoothing.value.toFixed(2)}</span>
    </label>
  );
}
