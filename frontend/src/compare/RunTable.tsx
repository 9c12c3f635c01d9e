/** The runs compared: their strokes, their numbers, which is the baseline. Also the chart's legend. */

import type { Signal } from "@preact/signals";
import type { RunDetail } from "../api/types.ts";
import { palette } from "../chart/palette.ts";
import * as format from "../lib/format.ts";
import { StateMark } from "../runs/StateMark.tsx";
import { follow, linkTo } from "../shell/navigation.ts";
import { strokeOf } from "./figure.ts";
import { without } from "./query.ts";
import type { CompareStore } from "./store.ts";

interface Props {
  store: CompareStore;
  hidden: Signal<ReadonlySet<string>>;
  forward: Signal<string | null>;
}

export function RunTable({ store, hidden, forward }: Props) {
  const all = store.details.value;
  return (
    <section class="card" aria-label="Runs compared">
      <div class="compare-rows">
        {all.map((run, index) => (
          <Row key={run.id} run={run} index={index} store={store} hidden={hidden} forward={forward} />
        ))}
      </div>
    </section>
  );
}

function Row({ run, index, store, hidden, forward }: Props & { run: RunDetail; index: number }) {
  const what = store.what.value;
  const base = what.base === run.id;
  const off = hidden.value.has(run.id);
  const metric = store.metric.value;
  const drawn = store.runs.value.find((one) => one.run === run.id);
  const value = metric === run.metric ? run.value : drawn?.series[metric ?? ""]?.y.at(-1);
  const [group] = run.groups;
  const ids = what.runs;

  function toggle(): void {
    const next = new Set(hidden.value);
    if (!next.delete(run.id)) next.add(run.id);
    hidden.value = next;
  }

  function solo(): void {
    const rest = ids.filter((id) => id !== run.id);
    const alone = !hidden.value.has(run.id) && rest.every((id) => hidden.value.has(id));
    hidden.value = new Set(alone ? [] : rest);
  }

  return (
    <div
      class={`compare-row ${off ? "is-off" : ""}`}
      data-testid="compare-row"
      onPointerEnter={() => (forward.value = run.id)}
      onPointerLeave={() => (forward.value = null)}
    >
      <button
        type="button"
        class="legend-item"
        aria-pressed={!off}
        title="Click hides, double click shows it alone"
        onClick={toggle}
        onDblClick={solo}
        onFocus={() => (forward.value = run.id)}
        onBlur={() => (forward.value = null)}
      >
        <Stroke index={index} />
        <strong>{run.name}</strong>
      </button>
      <StateMark state={run.state} />
      <span class="num">
        {format.count(run.step)} <span class="muted">steps</span>
      </span>
      <span class="num">
        <span class="muted">lr</span> {format.lr(group?.effective ?? group?.planned)}
      </span>
      <span class="num">
        <span class="muted">{metric ?? ""}</span> {format.metric(value)}
      </span>
      <span class="compare-acts">
        <button
          type="button"
          class="button small toggle"
          data-testid="pin-base"
          aria-pressed={base}
          onClick={() => store.change({ ...what, base: base ? null : run.id })}
        >
          {base ? "baseline" : "pin as baseline"}
        </button>
        <a
          class="button small"
          href={linkTo({ page: "run", id: run.id })}
          onClick={follow({ page: "run", id: run.id })}
        >
          Open
        </a>
        <button
          type="button"
          class="sign-button"
          aria-label={`Take ${run.name} out of the comparison`}
          onClick={() => store.change(without(what, run.id))}
        >
          ×
        </button>
      </span>
    </div>
  );
}

function Stroke({ index }: { index: number }) {
  const { colour, dash } = strokeOf(palette.value, index);
  return (
    <svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">
      <path
        d="M1 4h26"
        stroke={colour}
        stroke-width="2.5"
        stroke-dasharray={dash === "solid" ? "" : dash.replace(/px/g, "")}
      />
    </svg>
  );
}
