/** Design a schedule: text on the left, its exact curve on the right. */

import { computed, signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Chart } from "../chart/Chart.tsx";
import { palette } from "../chart/palette.ts";
import { warmUp as warmUpCharts } from "../chart/plotly.ts";
import { count, lrExact } from "../lib/format.ts";
import { scheduleSnippet } from "../runs/snippet.ts";
import { Choice } from "../shell/Choice.tsx";
import { CopyButton, Snippet } from "../shell/Snippet.tsx";
import { ProblemText } from "../shell/states.tsx";
import { Diagnostics } from "./Diagnostics.tsx";
import type { Editor } from "./editor.ts";
import { Fields } from "./Fields.tsx";
import { draw } from "./figure.ts";
import { bigJumps, jumpWords, pointAt, readouts } from "./readouts.ts";
import * as store from "./store.ts";
import { TracePanel } from "./TracePanel.tsx";

const editor = signal<Editor | null>(null);
const cursor = signal<number | null>(null);

const figure = computed(() =>
  draw({
    palette: palette.value,
    answer: store.good.value,
    scale: store.scale.value,
    zoom: store.zoom.value,
    width: store.width.value,
  }),
);

export function DesignPage() {
  useEffect(() => {
    document.title = "Design · Rheostat";
    warmUpCharts();
    return store.open();
  }, []);
  return (
    <section class="page design" data-testid="page-design">
      <h1 class="hidden">Design a schedule</h1>
      <div class="design-text">
        <TextCard />
        <UseCard />
      </div>
      <div class="design-curve">
        <CurveCard />
        <TracePanel />
        <Readouts />
      </div>
    </section>
  );
}

function TextCard() {
  return (
    <section class="card" aria-label="Schedule">
      <div class="card-head">
        <h2>Schedule</h2>
        <Examples />
      </div>
      <EditorBox />
      <Diagnostics editor={editor.value} />
      <Fields />
    </section>
  );
}

function Examples() {
  const examples = store.language.value?.examples ?? [];
  const presets = store.presets.value;
  function choose(value: string): void {
    const example = examples.find((one) => `example ${one.name}` === value);
    if (example) editor.value?.setText(example.text);
    const preset = presets.find((one) => `preset ${one.name}` === value);
    if (preset) {
      const { text, base, total, epoch } = preset;
      store.change({ text, base, total, epoch });
    }
  }
  return (
    <select
      class="quiet"
      aria-label="Start from an example"
      value=""
      disabled={examples.length === 0}
      onChange={(event) => {
        choose(event.currentTarget.value);
        event.currentTarget.value = "";
      }}
    >
      <option value="">Examples</option>
      <optgroup label="Shapes">
        {examples.map((example) => (
          <option key={example.name} value={`example ${example.name}`} title={example.doc}>
            {example.name}
          </option>
        ))}
      </optgroup>
      {presets.length > 0 && (
        <optgroup label="Papers">
          {presets.map((preset) => (
            <option key={preset.name} value={`preset ${preset.name}`} title={preset.origin}>
              {preset.name}
            </option>
          ))}
        </optgroup>
      )}
    </select>
  );
}

/** Loaded on its own: the other pages need no editor. */
const editorModule = (): Promise<typeof import("./editor.ts")> => import("./editor.ts");

function EditorBox() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false;
    void editorModule().then(({ createEditor }) => {
      if (gone || !place.current) return;
      editor.value = createEditor(place.current, store.draft.peek().text, (text) => store.change({ text }));
    });
    return () => {
      gone = true;
      editor.peek()?.destroy();
      editor.value = null;
    };
  }, []);
  useSignalEffect(() => {
    if (store.language.value) editor.value?.setLanguage(store.language.value);
  });
  useSignalEffect(() => editor.value?.show(store.diagnostics.value));
  useSignalEffect(() => {
    const { text } = store.draft.value;
    if (editor.value && editor.value.text() !== text) editor.value.setText(text);
  });
  return (
    <div class="editor" data-testid="editor" ref={place}>
      {editor.value === null && <pre class="editor-waiting">{store.draft.peek().text}</pre>}
    </div>
  );
}

function CurveCard() {
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
        <GroupChoice />
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
      <div class={`curve-body ${stale ? "stale" : ""}`}>
        <Chart
          figure={() => figure.value}
          version={figure.value}
          urgentKey={figure.value}
          label={chartLabel()}
          testid="design-chart"
          events={{
            zoom: (first, last) => (store.zoom.value = [Math.max(0, first), Math.max(1, last)]),
            reset: () => (store.zoom.value = null),
            hover: (x) => (cursor.value = x),
          }}
        />
        {stale && store.good.value && <p class="stale-note">The last good curve. The text has a fault.</p>}
      </div>
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
  const analysis = store.good.value?.analysis;
  if (!analysis) return "Curve of the schedule";
  return `Curve of the schedule over ${count(analysis.total)} steps, from ${lrExact(analysis.first)} to ${lrExact(analysis.last)}, peak ${lrExact(analysis.maximum)}`;
}

function Cursor() {
  const answer = store.good.value;
  const point = answer && cursor.value !== null ? pointAt(answer, cursor.value) : null;
  return (
    <span class="cursor-readout num muted" data-testid="readout-cursor">
      {point ? `step ${count(point.step)}: ${lrExact(point.value)}` : ""}
    </span>
  );
}

function GroupChoice() {
  const groups = store.good.value?.groups ?? [];
  if (groups.length === 0) return null;
  return (
    <select
      class="quiet"
      aria-label="Param group"
      value={store.group.value ?? groups[0]}
      onChange={(event) => (store.group.value = event.currentTarget.value)}
    >
      {groups.map((group) => (
        <option key={group} value={group}>
          {group}
        </option>
      ))}
    </select>
  );
}

function Readouts() {
  const answer = store.good.value;
  if (!answer?.analysis) return null;
  const jumps = bigJumps(answer.analysis);
  return (
    <div class={store.stale.value ? "stale" : ""}>
      <dl class="readouts">
        {readouts(answer).map((readout) => (
          <div key={readout.id} data-testid={`readout-${readout.id}`}>
            <dt>{readout.label}</dt>
            <dd class="num">{readout.value}</dd>
            <dd class="muted">{readout.note}</dd>
          </div>
        ))}
      </dl>
      {jumps.length > 0 && (
        <p class="jumps">
          <strong>{jumps.length === 1 ? "One jump" : `${jumps.length} jumps`} over 2×</strong>{" "}
          <span class="num">
            {jumps.slice(0, 3).map(jumpWords).join(", ")}
            {jumps.length > 3 ? " …" : ""}
          </span>
        </p>
      )}
    </div>
  );
}

function UseCard() {
  const { text, base, total } = store.draft.value;
  const code = scheduleSnippet(text.trim(), base, total);
  return (
    <section class="card" aria-label="Use it">
      <div class="card-head">
        <h2>Use in a run</h2>
        <CopyButton text={() => location.href} label="Copy link" />
        <CopyButton text={() => code} label="Copy Python" />
      </div>
      <Snippet text={code} />
    </section>
  );
}
