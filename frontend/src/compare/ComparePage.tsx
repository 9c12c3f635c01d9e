/** Several runs on one page: their curves on one axis, the difference to a baseline, what they do not share. */

import "../style/compare.css";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Chart } from "../chart/Chart.tsx";
import { palette } from "../chart/palette.ts";
import { warmUp } from "../chart/plotly.ts";
import { count, duration, metric } from "../lib/format.ts";
import { lrScale, metricScale, smoothing } from "../run/options.ts";
import { Smoothing } from "../run/Smoothing.tsx";
import { Choice } from "../shell/Choice.tsx";
import { follow, linkTo } from "../shell/navigation.ts";
import { Failure, Loading } from "../shell/states.tsx";
import { shownTheme } from "../shell/theme.ts";
import { Differences } from "./Differences.tsx";
import { drawCompare } from "./figure.ts";
import { RunTable } from "./RunTable.tsx";
import { alignments } from "./query.ts";
import { type CompareStore, openComparison } from "./store.ts";

export function ComparePage() {
  const store = useMemo(openComparison, []);
  useEffect(() => {
    document.title = "Compare · Rheostat";
    warmUp();
    return store.close;
  }, [store]);
  return (
    <section class="page compare" data-testid="page-compare">
      <Content store={store} />
    </section>
  );
}

function Content({ store }: { store: CompareStore }) {
  if (store.what.value.runs.length === 0) return <Nothing />;
  if (store.details.value.length === 0) {
    return store.problem.value ? (
      <Failure problem={store.problem.value} retry={store.retry} />
    ) : (
      <Loading what="the runs" />
    );
  }
  return <Compared store={store} />;
}

function Nothing() {
  return (
    <div class="empty">
      <h1>Nothing to compare</h1>
      <p class="lead">Select two runs or more in the list, then press Compare.</p>
      <p>
        <a class="button" href={linkTo({ page: "runs" })} onClick={follow({ page: "runs" })}>
          All runs
        </a>
      </p>
    </div>
  );
}

function Compared({ store }: { store: CompareStore }) {
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const forward = useSignal<string | null>(null);
  const what = store.what.value;
  const figure = () =>
    drawCompare({
      palette: palette.peek(),
      runs: store.runs.peek(),
      lrs: store.lrs.peek(),
      metric: store.metric.peek() ?? "",
      axis: store.what.peek().axis,
      base: store.what.peek().base,
      range: store.range.peek(),
      hidden: hidden.peek(),
      forward: forward.peek(),
      lrScale: lrScale.peek(),
      metricScale: metricScale.peek(),
      smoothed: smoothing.peek() > 0,
    });
  const urgent = [
    what.axis,
    what.base,
    what.runs.length,
    store.metric.value,
    store.range.value,
    [...hidden.value],
    forward.value,
    lrScale.value,
    metricScale.value,
    smoothing.value,
    shownTheme.value,
  ].join("|");
  const tall = what.base === null ? "" : "tall";
  return (
    <>
      <div class="page-head">
        <h1>{what.runs.length === 1 ? "One run" : `${what.runs.length} runs compared`}</h1>
      </div>
      <section class="card compare-chart" aria-label="Charts">
        <Tools store={store} />
        {store.runs.value.length === 0 ? (
          <div class={`chart ${tall}`} aria-busy="true" />
        ) : (
          <Chart
            figure={figure}
            version={store.runs.value}
            urgentKey={urgent}
            label={`Learning rate and ${store.metric.value ?? "metric"} of ${what.runs.length} runs`}
            testid="compare-chart"
            class={tall}
            events={{
              zoom: (first, last) => (store.range.value = [Math.max(0, first), last]),
              move: (range) => (store.range.value = range),
              reset: () => (store.range.value = null),
            }}
            place={(x) => placeWords(what.axis, x)}
            {...(what.axis === "step" ? { exact: store.exact } : {})}
          />
        )}
      </section>
      <RunTable store={store} hidden={hidden} forward={forward} />
      <Differences store={store} />
    </>
  );
}

function Tools({ store }: { store: CompareStore }) {
  const what = store.what.value;
  return (
    <div class="card-head chart-tools">
      <label class="labelled">
        <span class="muted">metric</span>
        <select
          class="quiet"
          data-testid="compare-metric"
          value={store.metric.value ?? ""}
          onChange={(event) => store.change({ ...what, metric: event.currentTarget.value })}
        >
          {store.metrics.value.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Choice
        label="Align by"
        options={alignments(store.metrics.value, what.axis).map((axis) => [axis, `By ${axis}`])}
        value={what.axis}
        choose={(axis) => store.change({ ...what, axis })}
      />
      {store.range.value !== null && (
        <button type="button" class="button small" onClick={() => (store.range.value = null)}>
          Whole runs
        </button>
      )}
      <Log label="lr" scale={lrScale} />
      <Log label={store.metric.value ?? "metric"} scale={metricScale} />
      <Smoothing />
    </div>
  );
}

/** What stands at an x of the axis, in words. */
function placeWords(axis: string, x: number): string {
  if (axis === "step") return `step ${count(x)}`;
  return axis === "time" ? `after ${duration(x)}` : `${axis} ${x < 1000 ? metric(x) : count(x)}`;
}

function Log({ label, scale }: { label: string; scale: typeof lrScale }) {
  const log = scale.value === "log";
  return (
    <button
      type="button"
      class="button small toggle"
      aria-pressed={log}
      onClick={() => (scale.value = log ? "linear" : "log")}
    >
      log {label}
    </button>
  );
}
