/** Samples of what the server sends, for the tests. */

import type {
  Alert,
  CommandRecord,
  CommandState,
  RunDetail,
  RunSummary,
  Series,
  ToBrowser,
} from "../api/types.ts";

export function runSummary(changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id: "r1",
    project: "default",
    name: "run one",
    state: "live",
    step: 100,
    total: 1000,
    groups: [{ name: "main", parameters: 10, planned: 3e-4, effective: 3e-4 }],
    metric: "loss",
    value: 1.5,
    rate: 10,
    origin: "job",
    sparkline: [3, 2, 1.5],
    started_at: 1000,
    heard_at: 1100,
    ended_at: null,
    overridden: false,
    control: true,
    revision: 0,
    tags: [],
    archived: false,
    ...changes,
  };
}

export function runDetail(changes: Partial<RunDetail> = {}): RunDetail {
  return {
    ...runSummary(),
    optimizer: "AdamW",
    scheduler: null,
    plan: { origin: "rheostat", text: "hold", total: 1000, epoch: null, base: { main: 3e-4 }, why: "" },
    limits: {
      kinds: ["hold", "scale", "ramp", "release"],
      max_lr: null,
      max_ratio: 10,
      max_change: 3,
      min_interval_s: 1,
      max_active: 8,
    },
    metrics: ["loss"],
    report: [],
    config: {},
    environment: {},
    attempts: [],
    resume: null,
    notes: "",
    ...changes,
  };
}

export function seriesOf(x: number[], y: number[] = x): Series {
  return { x, y, marks: [], total: x.length };
}

export function points(
  run: string,
  after: number,
  cursor: number,
  series: Record<string, Series>,
): ToBrowser & { type: "points" } {
  return { type: "points", run, after, cursor, series };
}

export function commandRecord(
  changes: Partial<CommandRecord> = {},
  states: CommandState[] = ["requested"],
  step: number | null = null,
): CommandRecord {
  return {
    id: "c1",
    run: "r1",
    kind: "scale",
    text: "scale 0.5",
    request: { kind: "scale", factor: 0.5 },
    issued_by: "ada",
    issued_at: 2000,
    revision: 1,
    state: states.at(-1) ?? "requested",
    active: false,
    events: states.map((state, index) => ({
      state,
      at: 2000 + index / 10,
      step: state === "applied" || state === "ended" ? (step ?? 104) : null,
      planned: { main: 3e-4 },
      effective: { main: 1.5e-4 },
      code: "",
      message: "",
    })),
    ...changes,
  };
}

export function alertOf(changes: Partial<Alert> = {}): Alert {
  return {
    id: 1,
    run: "r1",
    kind: "spike",
    subject: "loss",
    step: 10,
    message: "loss is 9",
    raised_at: 100,
    acknowledged_at: null,
    acknowledged_by: null,
    cleared_at: null,
    cleared_by: null,
    ...changes,
  };
}
