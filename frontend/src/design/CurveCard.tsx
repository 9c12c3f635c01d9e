/** The curve, its axes and what is drawn over it. */

import "../style/curve.css";
import { computed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Chart } from "../chart/Chart.tsx";
import { palette } from "../chart/palette.ts";
import { count, lrExact } from "../lib/format.ts";
import { Choice } from "../shell/Choice.tsx";
import { ProblemText } from "../shell/states.tsx";
import { draw } from "./figure.ts";
import { stepAt } from "./grip.ts";
import { Legend } from "./Legend.tsx";
import { addKnot, Overlay } from "./Overlay.tsx";
import { pointAt } from "./readouts.ts";
import * as store from "./store.ts";
import { placeIn, type Unit, unitsOf } from "./units.ts";

export const figure = computed(() =>
  draw({
    palette: palette.value,
    answer: store.charted.value,
    ghosts: store.ghostCurves.value,
    view: store.view.value,
    unit: store.shownUnit.value,
    width: store.width.value,
  }),
);

export function CurveCard() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const size = new ResizeObserver(([entry]) => {
      if (entry) store.width.value = Math.min(4000, Math.max(200, Math.round(entry.contentRect.width)));
    });
    size.observe(place.current);
    return () => size.disconnect();
  }, []);
  const stale = store.stale.value;
  return (
    <section class="card curve" ref={place} aria-label="Curve">
      <div class="card-head">
        <h2>Learning rate</h2>
        <Cursor />
        {store.zoom.value && (
          <button type="button" class="button small" onClick={() => (store.zoom.value = null)}>
            Whole run
          </button>
        )}
        <Units />
        <Choice
          label="Scale of the lr axis"
          options={[
            ["linear", "Linear"],
            ["log", "Log"],
          ]}
          value={store.scale.value}
          choose={(scale) => (store.scale.value = scale)}
        />
      </div>
      <div class={`curve-body ${stale ? "stale" : ""} ${store.held.value ? "dragging" : ""}`}>
        <Chart
          figure={() => figure.value}
          version={figure.value}
          urgentKey={figure.value}
          label={chartLabel()}
          testid="design-chart"
          events={{
            zoom: (first, last) => (store.zoom.value = [Math.max(0, first), Math.max(1, last)]),
            move: (range) => (store.zoom.value = range),
            reset: (at) => {
              if (!at || !addKnot(at)) store.zoom.value = null;
            },
            hover: (x) => (stepAt.value = x),
          }}
        />
        <Overlay />
        {stale && store.charted.value && <p class="stale-note">The last good curve. The text has a fault.</p>}
      </div>
      <Legend />
      {store.problem.value && (
        <div class="inline-problem" role="alert">
          <ProblemText problem={store.problem.value} />
          <button type="button" class="button small" onClick={store.retry}>
            Try again
          </button>
        </div>
      )}
    </section>
  );
}

function chartLabel(): string {
  const analysis = store.charted.value?.analysis;
  if (!analysis) return "Curve of the schedule";
  return `Curve of the schedule over ${count(analysis.total)} steps, from ${lrExact(analysis.first)} to ${lrExact(analysis.last)}, peak ${lrExact(analysis.maximum)}`;
}

function Cursor() {
  const answer = store.charted.value;
  const point = answer && stepAt.value !== null ? pointAt(answer, stepAt.value) : null;
  const place = answer && point ? placeIn(answer, store.shownUnit.value, point.step) : "";
  return (
    <span class="cursor-readout num muted" data-testid="readout-cursor">
      {point ? `step ${count(point.step)}${place && ` · ${place}`}: ${lrExact(point.value)}` : ""}
    </span>
  );
}

const UNIT_NAMES: Record<Unit, string> = { steps: "Steps", epochs: "Epochs", tokens: "Tokens" };

function Units() {
  const known = unitsOf(store.charted.value);
  if (known.length < 2) return null;
  return (
    <Choice
      label="Unit of the step axis"
      options={known.map((unit) => [unit, UNIT_NAMES[unit]] as const)}
      value={store.shownUnit.value}
      choose={(unit) => (store.unit.value = unit)}
    />
  );
}
