/** One open run page: loads the run, follows it live, and asks for what the view needs. */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { ApiError, problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { CommandRecord, PlanAnswer, Problem, RunDetail, SeriesAnswer, ToBrowser } from "../api/types.ts";
import type { Range } from "../chart/axis.ts";
import { tokenCount } from "../lib/counting.ts";
import { latest } from "../lib/latest.ts";
import { listen, say } from "../live/socket.ts";
import type { Axis } from "./layout.ts";
import {
  type Fine,
  lrOf,
  namesFor,
  type RunState,
  receive,
  withCommand,
  withFine,
  withSeries,
} from "./state.ts";
import { arrangement, axisKind, smoothing, stepTokens } from "./options.ts";
import { arranged } from "./panels.ts";
import { readSmooth } from "./smoothing.ts";
import type { Smooth } from "./smooth.ts";
import { byCount, inTokens, type Place, placing, reaching, type Timeline } from "./timeline.ts";
import { COLUMNS, fineRange, rangeOf, START, type View } from "./view.ts";

const ZOOM_WAIT_MS = 120;

/** What lines are to be smoothed for, and how much. */
interface Unsmoothed {
  view: View;
  weight: number;
}

export interface RunStore {
  state: ReadonlySignal<RunState | null>;
  problem: ReadonlySignal<Problem | null>;
  missing: ReadonlySignal<boolean>;
  view: Signal<View>;
  range: ReadonlySignal<Range>;
  metric: ReadonlySignal<string | null>;
  /** The metric somebody chose; null for the run's own main one. */
  chosenMetric: Signal<string | null>;
  plans: ReadonlySignal<Record<string, PlanAnswer>>;
  /** The x axis of all charts. */
  axis: ReadonlySignal<Axis>;
  /** Whether the axis goes by tokens as the run itself counts them. */
  counts: ReadonlySignal<boolean>;
  /** A record that came as the answer to a request of this page. */
  learn(record: CommandRecord): void;
  refreshCommands(): Promise<void>;
  retry(): void;
  close(): void;
}

export function openRun(id: string): RunStore {
  const state = signal<RunState | null>(null);
  const problem = signal<Problem | null>(null);
  const missing = signal(false);
  const view = signal<View>(START);
  const chosenMetric = signal<string | null>(null);
  const plans = signal<Record<string, PlanAnswer>>({});
  let closed = false;
  let loading = false;
  let epoch: string | null = null;

  const metric = computed(() => chosenMetric.value ?? state.value?.detail.metric ?? null);
  const step = computed(() => state.value?.detail.step ?? 0);
  const total = computed(() => state.value?.detail.total ?? null);
  const bounds = computed(() => rangeOf(view.value, step.value, total.value).join(" "));
  const range = computed<Range>(() => bounds.value.split(" ").map(Number) as unknown as Range);
  const timeline = signal<Timeline | null>(null);

  /** All series that the page draws of the run as `detail` tells it. */
  function namesOf(detail: RunDetail): string[] {
    const main = chosenMetric.value ?? detail.metric;
    const { shown } = arranged(detail.metrics, main, arrangement.value);
    const count = axisKind.value === "tokens" ? tokenCount(detail.metrics) : null;
    return namesFor(
      detail,
      [main, count, ...shown].filter((name) => name !== null),
    );
  }
  const names = computed(() => (state.value ? namesOf(state.value.detail).join("\n") : ""));
  /** The run's own count of tokens, where it logs one and is laid out by it. */
  const counted = computed<Place | null>(() => {
    if (axisKind.value !== "tokens") return null;
    const now = state.value;
    const count = now?.series[tokenCount(now.detail.metrics) ?? ""];
    return count ? byCount(count.x, count.y) : null;
  });
  const axis = computed<Axis>(() => {
    const kind = axisKind.value;
    if (kind === "tokens") return { kind, place: counted.value ?? inTokens(stepTokens.value) };
    const line = timeline.value;
    if (kind === "step" || !line) return { kind: "step", place: placing("step", null) };
    const detail = state.value?.detail;
    const long = detail ? reaching(line, detail.step, detail.ended_at ?? detail.heard_at) : line;
    return { kind, place: placing(kind, long) };
  });

  async function load(): Promise<void> {
    if (loading) return;
    loading = true;
    try {
      const detail = await api.run(id);
      const answer = await api.series(id, namesOf(detail), { width: COLUMNS });
      if (closed) return;
      batch(() => {
        const commands = state.value?.commands ?? [];
        state.value = withSeries(
          { detail, commands, series: {}, cursor: 0, fine: null, smooth: null },
          answer,
        );
        problem.value = null;
      });
      fineAsk.ask(view.value);
      watch();
      await refreshCommands();
    } catch (error) {
      if (closed) return;
      missing.value = error instanceof ApiError && error.status === 404;
      problem.value = problemFrom(error);
    } finally {
      loading = false;
    }
  }

  function watch(): void {
    if (!state.value) return;
    // This page shows one run: the rows of all others would only be thrown away.
    say({ type: "list", on: false });
    say({ type: "watch", run: id, cursor: state.value.cursor });
  }

  async function refreshCommands(): Promise<void> {
    const list = await api.commands(id);
    if (!closed) for (const command of list.commands) learn(command);
  }

  async function reloadSeries(): Promise<void> {
    const detail = state.value?.detail;
    if (!detail) return;
    const answer = await api.series(id, namesOf(detail), { width: COLUMNS });
    if (closed || !state.value) return;
    state.value = withSeries(state.value, answer);
    fineAsk.ask(view.value);
    watch();
  }

  function learn(record: CommandRecord): void {
    if (state.value) state.value = withCommand(state.value, record);
  }

  function hear(message: ToBrowser): void {
    if (message.type === "hello") {
      const restarted = epoch !== null && epoch !== message.epoch;
      epoch = message.epoch;
      if (!state.value || restarted) void load();
      else {
        watch();
        void refreshCommands().catch(() => {});
      }
      return;
    }
    if (!state.value) {
      // A page that was opened before its job said hello.
      if (missing.value && message.type === "run" && message.run.id === id) void load();
      return;
    }
    const received = receive(state.value, message);
    state.value = received.state;
    if (received.need === "series") void reloadSeries().catch(() => {});
  }

  const fineAsk = latest<View, { fine: Fine | null }>(
    ZOOM_WAIT_MS,
    async (wanted, abort) => {
      const stretch = fineRange(wanted, range.value);
      const detail = state.value?.detail;
      if (!stretch || !detail) return { fine: null };
      const [first, last] = stretch;
      const to = Number.isFinite(last) ? { to: last } : {};
      const window = { from: first, ...to, width: COLUMNS };
      const answer: SeriesAnswer = await api.series(id, namesOf(detail), window, abort);
      return { fine: { first, last, series: answer.series, cursor: answer.cursor } };
    },
    ({ fine }) => {
      if (state.value) state.value = withFine(state.value, fine);
    },
    () => {},
    true,
  );

  const smoothAsk = latest<Unsmoothed, Smooth | null>(
    ZOOM_WAIT_MS,
    ({ view: wanted, weight }, abort) => {
      const now = state.value;
      if (!now || weight === 0) return Promise.resolve(null);
      const metrics = namesOf(now.detail).filter((name) => now.detail.metrics.includes(name));
      return readSmooth(now, metrics, fineRange(wanted, range.value), weight, abort);
    },
    (smooth) => {
      if (state.value && smooth !== state.value.smooth) state.value = { ...state.value, smooth };
    },
    () => {},
    true,
  );

  const planAsk = latest<Range, Record<string, PlanAnswer>>(
    ZOOM_WAIT_MS,
    async ([first, last], abort) => {
      const groups = state.value?.detail.groups ?? [];
      const window = { from: Math.floor(first), to: Math.ceil(last), width: 2 * COLUMNS };
      const answers = await Promise.all(groups.map((group) => api.plan(id, group.name, window, abort)));
      return Object.fromEntries(groups.map((group, index) => [group.name, answers[index] as PlanAnswer]));
    },
    (answers) => {
      plans.value = answers;
    },
    () => {},
    true,
  );

  /** The same points by step and by time: together they are the run's clock. */
  async function readClock(): Promise<void> {
    const detail = state.peek()?.detail;
    const name = detail?.groups[0] ? lrOf(detail.groups[0].name) : detail?.metric;
    if (!name) return;
    const [steps, times] = await Promise.all([
      api.compare([id], [name], "step", { width: COLUMNS }),
      api.compare([id], [name], "time", { width: COLUMNS }),
    ]);
    const [byStep, byTime] = [steps.runs[0]?.series[name], times.runs[0]?.series[name]];
    const firstAt = times.runs[0]?.first_at;
    if (closed || !byStep || !byTime || firstAt === null || firstAt === undefined) return;
    const count = Math.min(byStep.x.length, byTime.x.length);
    timeline.value = { steps: byStep.x.slice(0, count), seconds: byTime.x.slice(0, count), firstAt };
  }

  const loaded = computed(() => state.value !== null);
  const unsmoothed = computed(() => state.value?.smooth === null);
  const planText = computed(() => JSON.stringify(state.value?.detail.plan ?? null));
  const stops = [
    listen(hear),
    effect(() => {
      if (loaded.value && ["relative", "wall"].includes(axisKind.value)) void readClock().catch(() => {});
    }),
    // A panel that was hidden is shown again: its series was not kept.
    effect(() => {
      const wanted = names.value.split("\n");
      const known = state.peek()?.series;
      if (known && wanted.some((name) => !(name in known))) void reloadSeries().catch(() => {});
    }),
    effect(() => {
      void planText.value;
      const wanted = range.value;
      if (loaded.value) planAsk.ask(wanted);
    }),
    effect(() => {
      const wanted = view.value;
      void names.value;
      if (loaded.value) fineAsk.ask(wanted);
    }),
    effect(() => {
      const wanted = { view: view.value, weight: smoothing.value };
      void names.value;
      if (loaded.value) smoothAsk.ask(wanted);
    }),
    effect(() => {
      if (unsmoothed.value) smoothAsk.ask({ view: view.peek(), weight: smoothing.peek() });
    }),
  ];
  void load();

  return {
    state,
    problem,
    missing,
    view,
    range,
    metric,
    chosenMetric,
    plans,
    axis,
    counts: computed(() => counted.value !== null),
    learn,
    refreshCommands,
    retry: () => void load(),
    close() {
      closed = true;
      say({ type: "unwatch", run: id });
      say({ type: "list", on: true });
      for (const stop of stops) stop();
      fineAsk.stop();
      smoothAsk.stop();
      planAsk.stop();
    },
  };
}
