/** Several runs on one page: loaded together, loaded anew while one of them goes on. */

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Compared, DiffAnswer, Problem, RunDetail } from "../api/types.ts";
import type { Range } from "../chart/axis.ts";
import type { Row } from "../chart/reading.ts";
import { latest } from "../lib/latest.ts";
import { listen } from "../live/socket.ts";
import { smoothing } from "../run/options.ts";
import { lrOf } from "../run/state.ts";
import { commonMetrics } from "./difference.ts";
import { type Comparison, fromQuery, toQuery } from "./query.ts";

const COLUMNS = 300;
/** While a run is live the whole is asked for anew at most this often. */
const REFRESH_MS = 2000;

/** The least the server draws. */
const LEAST_COLUMNS = 16;

export interface CompareStore {
  what: ReadonlySignal<Comparison>;
  details: ReadonlySignal<readonly RunDetail[]>;
  runs: ReadonlySignal<readonly Compared[]>;
  metrics: ReadonlySignal<readonly string[]>;
  metric: ReadonlySignal<string | null>;
  lrs: ReadonlySignal<Readonly<Record<string, string>>>;
  range: Signal<Range | null>;
  /** Plan of each other run against the baseline's, by id. */
  plans: ReadonlySignal<Readonly<Record<string, DiffAnswer>>>;
  problem: ReadonlySignal<Problem | null>;
  /** The values of all runs at a step, as the chart calls its lines. */
  exact(step: number, signal: AbortSignal): Promise<readonly Row[]>;
  change(what: Comparison): void;
  retry(): void;
  close(): void;
}

function rowsOf({ name, series }: Compared, lr: string, step: number): Row[] {
  return Object.entries(series).flatMap(([metric, { x, y }]) => {
    const value = y[x.indexOf(step)];
    const called = metric === lr ? "lr" : metric;
    return value === undefined ? [] : [{ name: `${called} of ${name}`, value, colour: "" }];
  });
}

interface Question {
  what: Comparison;
  metric: string | null;
  range: Range | null;
  /** Of the smoothing; only the metric is smoothed. */
  weight: number;
}

/** The lrs as they are and the metric, smoothed or not, of every run. */
async function read(
  { what: { runs, axis }, metric, range, weight }: Question,
  lrs: readonly string[],
  signal: AbortSignal,
): Promise<readonly Compared[]> {
  // Zooming is by step; on other axes the whole is there already.
  const zoomed = range && axis === "step" ? { from: Math.floor(range[0]), to: Math.ceil(range[1]) + 1 } : {};
  const window = { width: COLUMNS, ...zoomed };
  const metrics = metric === null ? [] : [metric];
  const plain = weight === 0 ? [...new Set([...lrs, ...metrics])] : lrs;
  const [answer, smooth] = await Promise.all([
    api.compare(runs, plain, axis, window, signal),
    weight === 0 || metric === null
      ? null
      : api.compare(runs, metrics, axis, { ...window, smooth: weight }, signal),
  ]);
  return answer.runs.map((run, at) => ({ ...run, series: { ...run.series, ...smooth?.runs[at]?.series } }));
}

export function openComparison(): CompareStore {
  const what = signal(fromQuery(location.search));
  const details = signal<readonly RunDetail[]>([]);
  const runs = signal<readonly Compared[]>([]);
  const range = signal<Range | null>(null);
  const plans = signal<Readonly<Record<string, DiffAnswer>>>({});
  const problem = signal<Problem | null>(null);
  const metrics = computed(() => commonMetrics(details.value));
  const metric = computed(() => what.value.metric ?? details.value[0]?.metric ?? metrics.value[0] ?? null);
  const lrs = computed(() =>
    Object.fromEntries(details.value.map((run) => [run.id, lrOf(run.groups[0]?.name ?? "")])),
  );
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function loadDetails(): Promise<void> {
    try {
      details.value = await Promise.all(what.peek().runs.map((id) => api.run(id)));
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  }

  const asking = latest<Question, readonly Compared[]>(
    120,
    (question, abort) => read(question, [...new Set(Object.values(lrs.peek()))], abort),
    (answer) => {
      runs.value = answer;
      problem.value = null;
    },
    (error) => {
      problem.value = problemFrom(error);
    },
  );

  function ask(): void {
    if (details.peek().length > 0) {
      const weight = smoothing.peek();
      asking.ask({ what: what.peek(), metric: metric.peek(), range: range.peek(), weight });
    }
  }

  const planning = latest<readonly RunDetail[], Record<string, DiffAnswer>>(
    0,
    async (all) => {
      const base = all.find((run) => run.id === what.peek().base);
      if (!base?.plan.text) return {};
      const others = all.filter((run) => run !== base && run.plan.text !== "");
      const found = await Promise.all(
        others.map((run) =>
          api
            .diff({
              before: base.plan.text,
              after: run.plan.text,
              base: null,
              total: run.total ?? base.total,
              epoch: null,
            })
            .then(
              (answer): [string, DiffAnswer][] => [[run.id, answer]],
              // Two plans that cannot be bound to one run have no difference to tell.
              (): [string, DiffAnswer][] => [],
            ),
        ),
      );
      return Object.fromEntries(found.flat());
    },
    (answer) => {
      plans.value = answer;
    },
    () => {},
  );

  // Numbers of live runs come all the time: only which runs there are, and their plans, ask anew.
  const known = computed(() => details.value.map((run) => `${run.id} ${run.plan.text}`).join("\n"));
  const stops = [
    effect(() => {
      void [what.value, metric.value, range.value, known.value, smoothing.value];
      ask();
    }),
    effect(() => {
      void [what.value.base, known.value];
      planning.ask(details.peek());
    }),
    listen((message) => {
      if (message.type === "hello") void loadDetails();
      if (message.type !== "run" || !what.peek().runs.includes(message.run.id)) return;
      details.value = details
        .peek()
        .map((run) => (run.id === message.run.id ? { ...run, ...message.run } : run));
      timer ??= setTimeout(() => {
        timer = undefined;
        ask();
      }, REFRESH_MS);
    }),
  ];
  void loadDetails();

  return {
    what,
    details,
    runs,
    metrics,
    metric,
    lrs,
    range,
    plans,
    problem,
    async exact(step, signal) {
      const name = metric.peek();
      const names = [...new Set([...Object.values(lrs.peek()), ...(name === null ? [] : [name])])];
      const window = { from: step, to: step + 1, width: LEAST_COLUMNS };
      const answer = await api.compare(what.peek().runs, names, "step", window, signal);
      return answer.runs.flatMap((run) => rowsOf(run, lrs.peek()[run.run] ?? "", step));
    },
    change(next) {
      const fewer = next.runs.length < what.value.runs.length;
      if (next.axis !== what.value.axis) range.value = null;
      what.value = next;
      history.replaceState(null, "", location.pathname + toQuery(next));
      if (fewer) details.value = details.value.filter((run) => next.runs.includes(run.id));
    },
    retry: () => void loadDetails(),
    close() {
      for (const stop of stops) stop();
      asking.stop();
      planning.stop();
      clearTimeout(timer);
    },
  };
}
