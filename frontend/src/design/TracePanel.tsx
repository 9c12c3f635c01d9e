/** What the plateaus of the text are tried on: a loss made up, typed values, a CSV, or what a run recorded. */

import "../style/trace.css";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../api/endpoints.ts";
import type { RunSummary } from "../api/types.ts";
import { count } from "../lib/format.ts";
import { Choice } from "../shell/Choice.tsx";
import { TextField } from "../shell/Field.tsx";
import { useSpoken } from "../shell/speech.tsx";
import { good, metrics, trace } from "./store.ts";
import { KINDS, sourceOf, type TraceDraft } from "./trace.ts";

const runs = signal<readonly RunSummary[]>([]);
const recorded = signal<readonly string[]>([]);

const MOST_BYTES = 900_000;
const tooLarge = signal(false);

function set(part: Partial<TraceDraft>): void {
  trace.value = { ...trace.value, ...part };
}

export function TracePanel() {
  const draft = trace.value;
  const spoken = useSpoken();
  return (
    <section class="card trace-panel" aria-label="Trace" data-testid="trace-panel">
      <div class="card-head">
        <h2>Tried on</h2>
        <span class="muted">{metrics.value.join(", ")}</span>
        <Choice
          label="Source of the trace"
          options={KINDS}
          value={draft.kind}
          choose={(kind) => set({ kind })}
        />
      </div>
      <Inputs />
      <p class="muted" data-testid="trace-drops" ref={spoken}>
        {sourceOf(draft) === null ? "Without values no plateau is reached." : drops()}
      </p>
    </section>
  );
}

function drops(): string {
  const found = good.value?.drops ?? [];
  if (found.length === 0) return "The lr never drops.";
  const steps = found.slice(0, 6).map(count).join(", ");
  const times = found.length === 1 ? "once" : `${count(found.length)} times`;
  return `The lr drops ${times}: at step ${steps}${found.length > 6 ? ", …" : ""}.`;
}

function Inputs() {
  switch (trace.value.kind) {
    case "decay":
      return (
        <div class="fields">
          <Field name="start" label="From" />
          <Field name="floor" label="To" />
          <Field name="halves" label="Halves every" unit="% of the run" />
          <Field name="noise" label="Noise" unit="%" />
        </div>
      );
    case "values":
      return (
        <div class="fields">
          <label class="field wide">
            <span>Values</span>
            <textarea
              class="num"
              rows={2}
              value={trace.value.values}
              onInput={(event) => set({ values: event.currentTarget.value })}
            />
          </label>
          <Field name="every" label="One every" unit="steps" />
        </div>
      );
    case "csv":
      return <Csv />;
    case "run":
      return <Recorded />;
  }
}

type Name = "start" | "floor" | "halves" | "noise" | "every";

function Field({ name, label, unit = "" }: { name: Name; label: string; unit?: string }) {
  return (
    <TextField
      label={
        <>
          {label} {unit && <span class="muted">{unit}</span>}
        </>
      }
      num
      value={trace.value[name]}
      set={(text) => set({ [name]: text })}
    />
  );
}

function Csv() {
  async function take(file: File | undefined): Promise<void> {
    if (!file) return;
    tooLarge.value = file.size > MOST_BYTES;
    if (!tooLarge.value) set({ csv: await file.text() });
  }
  return (
    <div class="fields">
      <label class="field wide">
        <span>
          CSV <span class="muted">step,{metrics.value[0]}</span>
        </span>
        <textarea
          class="num"
          rows={3}
          placeholder={`step,${metrics.value[0]}\n0,3.1\n500,2.4`}
          value={trace.value.csv}
          onInput={(event) => set({ csv: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>File</span>
        <input
          type="file"
          accept=".csv,.txt,text/csv,text/plain"
          onChange={(event) => void take(event.currentTarget.files?.[0])}
        />
        {tooLarge.value && <span class="field-fault">At most 900 kB</span>}
      </label>
      <Field name="every" label="One every" unit="steps, without a column step" />
    </div>
  );
}

function Recorded() {
  const { run, metric } = trace.value;
  useEffect(() => {
    void api
      .runs()
      .then((found) => {
        runs.value = found.runs;
      })
      .catch(() => {});
  }, []);
  useEffect(() => {
    recorded.value = [];
    if (!run) return;
    void api
      .run(run)
      .then((found) => {
        recorded.value = found.metrics;
        const wanted = metrics.peek().find((name) => found.metrics.includes(name));
        set({ metric: wanted ?? found.metrics[0] ?? "" });
      })
      .catch(() => {});
  }, [run]);
  if (runs.value.length === 0) return <p class="muted">No run has been recorded yet.</p>;
  return (
    <div class="fields">
      <label class="field">
        <span>Run</span>
        <select value={run} onChange={(event) => set({ run: event.currentTarget.value, metric: "" })}>
          <option value="">Choose a run</option>
          {runs.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Metric</span>
        <select value={metric} onChange={(event) => set({ metric: event.currentTarget.value })}>
          {recorded.value.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
