/** The run's chart with its controls: what is shown, in which scale, and following or not. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { ForecastAnswer } from "../api/types.ts";
import type { Range, Scale } from "../chart/axis.ts";
import { Chart } from "../chart/Chart.tsx";
import { palette } from "../chart/palette.ts";
import { count } from "../lib/format.ts";
import { Choice } from "../shell/Choice.tsx";
import { shownTheme } from "../shell/theme.ts";
import { draw } from "./figure.ts";
import { spans } from "./spans.ts";
import { drawn, inForce, type RunState } from "./state.ts";
import type { RunStore } from "./store.ts";
import { follow, isFollowing, type View, zoomOut, zoomTo } from "./view.ts";

interface Props {
  store: RunStore;
  state: RunState;
  forecast: ReadonlySignal<ForecastAnswer | null>;
  present: ReadonlySignal<ForecastAnswer | null>;
}

const lrScale = signal<Scale>("linear");
const metricScale = signal<Scale>("linear");

export function RunChart({ store, state, forecast, present }: Props) {
  const hidden = useMemo(() => signal<ReadonlySet<string>>(new Set()), [store]);
  const before = useRef<{ lr: Range | null; metric: Range | null }>({ lr: null, metric: null });
  const scene = useMemo(
    () =>
      computed(() => {
        const now = store.state.value;
        if (!now) return null;
        const made = draw({
          palette: palette.value,
          range: store.range.value,
          step: now.detail.step,
          series: drawn(now),
          plans: store.plans.value,
          groups: now.detail.groups.map((group) => group.name),
          hidden: hidden.value,
          metric: store.metric.value,
          spans: spans(now.commands),
          overridden: inForce(now).length > 0,
          forecast: forecast.value,
          present: present.value,
          lrScale: lrScale.value,
          metricScale: metricScale.value,
          before: before.current,
        });
        before.current = { lr: made.lr, metric: made.metric };
        return made;
      }),
    [store, forecast, present, hidden],
  );
  useKey("f", () => (store.view.value = follow(store.view.value)));

  const now = scene.value;
  const key = [
    store.range.value,
    shownTheme.value,
    lrScale.value,
    metricScale.value,
    [...hidden.value],
  ].join();
  const changeScale = (target: typeof lrScale, scale: Scale): void => {
    before.current = { lr: null, metric: null };
    target.value = scale;
  };
  return (
    <section class="card run-chart" aria-label="Charts">
      <div class="card-head chart-tools">
        <Legend
          state={state}
          hidden={hidden.value}
          toggle={(name) => (hidden.value = toggled(hidden.value, name))}
        />
        <Following view={store.view.value} change={(view) => (store.view.value = view)} />
        <ScaleChoice label="lr" value={lrScale.value} choose={(scale) => changeScale(lrScale, scale)} />
        <ScaleChoice
          label={store.metric.value ?? "metric"}
          value={metricScale.value}
          choose={(scale) => changeScale(metricScale, scale)}
        />
        <MetricChoice store={store} state={state} />
      </div>
      {now && (
        <Chart
          figure={now.figure}
          urgentKey={`${key} ${forecast.value ? "armed" : ""}`}
          label={`Learning rate over ${store.metric.value ?? "no metric"} by step, up to step ${count(state.detail.step)}`}
          testid="run-chart"
          events={{
            zoom: (first, last) => (store.view.value = zoomTo(store.view.value, first, last)),
            reset: () => (store.view.value = follow(store.view.value)),
          }}
        />
      )}
      <Footnote store={store} state={state} shown={now?.shown ?? 0} />
    </section>
  );
}

function toggled(hidden: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(hidden);
  if (!next.delete(name)) next.add(name);
  return next;
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

interface LegendProps {
  state: RunState;
  hidden: ReadonlySet<string>;
  toggle: (name: string) => void;
}

function Legend({ state, hidden, toggle }: LegendProps) {
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
            aria-pressed={!hidden.has(group.name)}
            onClick={() => toggle(group.name)}
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
      {!following && (
        <>
          <button type="button" class="button small" onClick={() => change(zoomOut(view))}>
            Zoom out
          </button>
          <button type="button" class="button small" onClick={() => change(follow(view))} title="Key: f">
            Follow
          </button>
        </>
      )}
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
