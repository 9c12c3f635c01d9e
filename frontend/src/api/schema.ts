/**
 * The JSON of the HTTP API and the live websocket, as the server's models name it. Times are Unix seconds.
 * Made by `make types` from the server's OpenAPI document: change the models there, not this file.
 */

/**
 * A run's lr as it really was, as a schedule: the plan and what commands made of it. `kind`: exact (equal to
 * the bit at every recorded step), composed (of plan and commands, off by rounding), fitted (to the recorded
 * lr alone), none. `error` is the worst difference from the record as a share of the peak; `why` says why it
 * is not exact.
 */
export interface ActualSchedule {
  text: string;
  kind: "exact" | "composed" | "fitted" | "none";
  error: number;
  why: string;
  /** How many recorded steps it was held against. */
  steps: number;
}

/** Something about a run that needs a person. It is open until `cleared_at`. */
export interface Alert {
  id: number;
  run: string;
  kind: "nan" | "spike" | "stall" | "silent" | "divergence";
  /** The metric or param group it is about; empty for the run itself. */
  subject: string;
  step: number | null;
  message: string;
  raised_at: number;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
  cleared_at: number | null;
  /** Who cleared it; empty when it passed by itself. */
  cleared_by: string | null;
}

/** What a person says of an alert: seen, or dealt with. */
export interface AlertEdit {
  state: "acknowledged" | "cleared";
}

/** Alerts, newest first; the latest 500. */
export interface AlertList {
  alerts: Alert[];
}

/** What can be said of a plan without drawing it; area is the sum of the lr over all steps. */
export interface Analysis {
  total: number;
  minimum: number;
  maximum: number;
  first: number;
  last: number;
  area: number;
  breakpoints: number[];
  jumps: Jump[];
  parts: Part[];
}

/** A text at a step, who wrote it and when (Unix seconds), and who changed it last. */
export interface Annotation {
  id: number;
  run: string;
  step: number;
  text: string;
  written_by: string;
  written_at: number;
  edited_by: string | null;
  edited_at: number | null;
}

/** What to change about an annotation; what is left out stays. */
export interface AnnotationEdit {
  text?: string;
  step?: number;
}

/** The annotations of a run, by step. */
export interface AnnotationList {
  annotations: Annotation[];
}

/** A text to write at a step; without one, at the step the run stands at. */
export interface AnnotationRequest {
  text: string;
  step?: number | null;
}

/** One process life of a run. */
export interface Attempt {
  id: string;
  restart: number;
  host: string;
  pid: number;
  started_at: number;
  ended_at: number | null;
  state: "live" | "silent" | "finished" | "crashed" | "stopped";
  message: string;
}

/** One change that a person or a program made over the API. */
export interface AuditEntry {
  id: number;
  at: number;
  /** The name of the credential it was made with. */
  who: string;
  role: string;
  address: string;
  /** As token.make, share.revoke, run.edit, command.refused. */
  what: string;
  /** The id of what it was done to; never a secret. */
  subject: string;
  run: string | null;
  before: unknown;
  after: unknown;
}

/** Entries, newest first. */
export interface AuditLog {
  entries: AuditEntry[];
}

/** Whether it parses, what is wrong, and its canonical spelling. */
export interface CheckAnswer {
  ok: boolean;
  formatted: string | null;
  diagnostics: Diagnostic[];
}

/** A schedule text to check without drawing it. */
export interface CheckRequest {
  text: string;
}

/** One change of state of a command. Appended, never altered: together they are the audit log. */
export interface CommandEvent {
  state:
    | "requested"
    | "accepted"
    | "rejected"
    | "scheduled"
    | "applied"
    | "ended"
    | "expired"
    | "superseded"
    | "lost";
  at: number;
  step: number | null;
  planned: Record<string, number>;
  effective: Record<string, number>;
  code: string;
  message: string;
}

/** The commands of a run, oldest first. */
export interface CommandList {
  commands: CommandRecord[];
  revision: number;
}

/** A command, its present state and its whole life. */
export interface CommandRecord {
  id: string;
  run: string;
  kind:
    | "hold"
    | "scale"
    | "ramp"
    | "release"
    | "swap"
    | "freeze"
    | "pause"
    | "resume"
    | "checkpoint"
    | "stop";
  /** The command in words, as `scale 0.5 on head for 200 steps`. */
  text: string;
  request: CommandRequest;
  issued_by: string;
  issued_at: number;
  revision: number;
  state:
    | "requested"
    | "accepted"
    | "rejected"
    | "scheduled"
    | "applied"
    | "ended"
    | "expired"
    | "superseded"
    | "lost";
  /** In force now: applied and not ended. */
  active: boolean;
  events: CommandEvent[];
}

/**
 * A request to change the lr. What each kind needs: hold: value; scale: factor; ramp: value and over; swap:
 * schedule. A swap may ask to be continuous at the switch, and to read its schedule as beginning from_here.
 */
export interface CommandRequest {
  /** Yours, to make retries free. */
  id?: string | null;
  kind:
    | "hold"
    | "scale"
    | "ramp"
    | "release"
    | "swap"
    | "freeze"
    | "pause"
    | "resume"
    | "checkpoint"
    | "stop";
  value?: number | null;
  factor?: number | null;
  start?: number | null;
  over?: number | null;
  /** Of a ramp: by equal differences (default) or by equal ratios a step. */
  shape?: "linear" | "log" | null;
  schedule?: string | null;
  continuous?: boolean;
  from_here?: boolean;
  groups?: string[] | null;
  keep_ratio?: boolean;
  at_step?: number | null;
  for_steps?: number | null;
  until_step?: number | null;
  base_revision?: number | null;
  ttl_s?: number | null;
  reason?: string;
  confirmed?: boolean;
}

/** Several runs on one axis. */
export interface CompareAnswer {
  /** step, time, wall or a metric. */
  axis: string;
  runs: Compared[];
}

/** One of the runs compared; a series that it does not have is empty. */
export interface Compared {
  run: string;
  name: string;
  state: "live" | "silent" | "finished" | "crashed" | "stopped";
  origin: "job" | "import";
  /** When its first step was, on the axes time and wall. */
  first_at: number | null;
  series: Record<string, ComparedSeries>;
}

/** Points of one series of one run: `x` in steps, seconds (of the run or Unix), or the axis's metric. */
export interface ComparedSeries {
  x: number[];
  y: number[];
  marks: Mark[];
  /** How many points the range holds in full. */
  total: number;
}

/** The schedule as the other library has it (code, or arguments), or why there is none. */
export interface ConvertAnswer {
  code: string | null;
  why: string;
}

/** A schedule text, the run it is bound to, and the library whose code is wanted. */
export interface ConvertRequest {
  text: string;
  /** Base lr, if the text sets none. */
  base?: number | null;
  /** Length of the run in steps, if the text sets none. */
  total?: number | null;
  /** Steps in an epoch, if the text sets none. */
  epoch?: number | null;
  to: "json" | "torch" | "torch-classes" | "transformers" | "optax" | "timm" | "megatron";
}

/** A fault or a lint in a schedule text. Lines and columns count from 1. */
export interface Diagnostic {
  severity: "error" | "warning";
  line: number;
  column: number;
  length: number;
  code: string;
  message: string;
  suggestion: string;
  /** Text for the span that mends it, if one is known. */
  replacement: string | null;
}

/** What changed, in words and in numbers; areas are sums of the lr over all steps. */
export interface DiffAnswer {
  words: string[];
  total: number;
  /** Largest difference of the lr, after minus before. */
  largest: number;
  step: number;
  before: number;
  after: number;
  area_before: number;
  area_after: number;
}

/** Two schedule texts, and the run that both are bound to. */
export interface DiffRequest {
  before: string;
  after: string;
  /** Base lr of the group, if a text sets none. */
  base?: number | null;
  /** Length of the run in steps, if a text sets none. */
  total?: number | null;
  /** Steps in an epoch, if a text sets none. */
  epoch?: number | null;
  group?: string | null;
}

/** The one JSON shape of every error answer. */
export interface ErrorBody {
  error: Problem;
}

/** A program worth starting from. */
export interface Example {
  name: string;
  text: string;
  doc: string;
}

/** What a command would do to one group: the plan, the effective lr as things stand, and as proposed. */
export interface Forecast {
  group: string;
  x: number[];
  planned: number[];
  present: number[];
  proposed: number[];
  /** Area under proposed over area under present, minus 1. */
  area_change: number;
}

/** The future under a proposed command, before anyone applies it; `refusal` if a limit forbids it. */
export interface ForecastAnswer {
  step: number;
  text: string;
  groups: Forecast[];
  refusal: Problem | null;
  why: string;
}

export type FromBrowser = Watch | Unwatch | Listing;

/** The curve of one param group of the text. */
export interface GroupCurve {
  group: string;
  x: number[];
  y: number[];
}

/** A param group and its latest lr: the plan's and the one in use. */
export interface GroupLr {
  name: string;
  parameters: number;
  planned: number | null;
  effective: number | null;
}

/** A point of the curve that can be dragged: `across` moves it in time, `up` in lr. */
export interface Handle {
  step: number;
  lr: number;
  across: Moved | null;
  up: Moved | null;
}

/** Whether the server can do its work. */
export interface Health {
  status: "ok" | "failing";
  version: string;
  store: string;
}

/** The runs that were imported; none while pieces are missing. */
export interface ImportAnswer {
  tool: "tensorboard" | "trackio" | "transformers" | "csv" | "";
  runs: RunSummary[];
}

/**
 * A file, or a piece of one: the pieces of one upload may come in any order. `upload` is yours, the same for
 * all pieces.
 */
export interface ImportRequest {
  /** The file's name; it names a run that has none. */
  file: string;
  /** Base64 of the file, or of this piece. */
  content: string;
  upload?: string;
  piece?: number;
  pieces?: number;
  /** Name of the run instead of the file's. */
  name?: string | null;
  project?: string;
}

/** A discontinuity: the lr just before `step` and at it. */
export interface Jump {
  step: number;
  before: number;
  after: number;
}

/** The words of the language and example programs. */
export interface Language {
  words: Word[];
  examples: Example[];
}

/** The guard rails set in the job; nobody on this side can widen them. */
export interface LimitsInfo {
  kinds: string[];
  max_lr: number | null;
  max_ratio: number;
  max_change: number;
  min_interval_s: number;
  max_active: number;
}

/** Whether to send the rows of runs that are not watched; on at first. */
export interface Listing {
  type: "list";
  on: boolean;
}

/** An alert was raised, acknowledged or cleared. */
export interface LiveAlert {
  type: "alert";
  alert: Alert;
}

/** An annotation of a watched run was written or changed, or taken away. */
export interface LiveAnnotation {
  type: "annotation";
  run: string;
  annotation: Annotation;
  deleted: boolean;
}

/** A command of a watched run changed its state. */
export interface LiveCommand {
  type: "command";
  run: string;
  command: CommandRecord;
}

/** First message. A new `epoch`: the server was started anew; a new `version`: reload the page. */
export interface LiveHello {
  type: "hello";
  version: string;
  epoch: string;
  clock: number;
}

/** New points of a watched run. `after` is the cursor they follow, `cursor` the one they reach. */
export interface LivePoints {
  type: "points";
  run: string;
  after: number;
  cursor: number;
  series: Record<string, Series>;
}

/** The server could not use what the browser sent. */
export interface LiveProblem {
  type: "problem";
  error: Problem;
}

/** The viewer fell behind or the run was rewritten: fetch the series again, then watch from its cursor. */
export interface LiveReset {
  type: "reset";
  run: string;
}

/** A run changed. Sent for every run, at most four times a second each. */
export interface LiveRun {
  type: "run";
  run: RunSummary;
}

/** A value that is no number a chart can draw. */
export interface Mark {
  step: number;
  value: "nan" | "inf" | "-inf";
}

/**
 * A number of the text that a drag rewrites. It stands at a place (from 1); `value` is what it says without
 * `suffix`; one more of it adds `rate` steps, or lr, at its handle. A suffix that the text does not have yet
 * is to be written with it.
 */
export interface Moved {
  line: number;
  column: number;
  length: number;
  value: number;
  suffix: string;
  rate: number;
}

/** One part of a schedule on the step axis, with the stretch of text that says it. */
export interface Part {
  start: number;
  end: number;
  line: number;
  column: number;
  length: number;
  label: string;
  /** Sum of the lr over the steps of the part. */
  area: number;
  /** That as a share of the whole plan's, 0 to 1. */
  share: number;
}

/** The plan of one group over a range of steps, for drawing the future; empty with `why` if unknown. */
export interface PlanAnswer {
  x: number[];
  y: number[];
  why: string;
}

/** What is known of the run's future; `why` says why when nothing is. */
export interface PlanInfo {
  origin: "rheostat" | "imported" | "declared" | "none";
  text: string;
  total: number | null;
  epoch: number | null;
  base: Record<string, number>;
  why: string;
}

/** The recipe of a paper, where it is from, and a run to draw it with. */
export interface Preset {
  name: string;
  text: string;
  origin: string;
  base: number;
  total: number;
  epoch: number | null;
}

/** All recipes. */
export interface Presets {
  presets: Preset[];
}

/** The curve at the steps given (every extreme of a column kept), or diagnostics and no curve. */
export interface PreviewAnswer {
  ok: boolean;
  x: number[];
  y: number[];
  groups: string[];
  analysis: Analysis | null;
  diagnostics: Diagnostic[];
  /** What the plateaus of the text watch. */
  metrics: string[];
  /** What they saw, where a trace was given. */
  traces: TraceDrawn[];
  /** The steps at which a plateau dropped. */
  drops: number[];
  /** Where the curve can be dragged, if that was asked for. */
  handles: Handle[];
  /** Those of the other groups, if they were asked for. */
  curves: GroupCurve[];
  /** Steps in an epoch, where text or run say it. */
  epoch: number | null;
  /** Tokens in a step, where all steps have as many. */
  step_tokens: number | null;
}

/** A schedule text with what a run would supply, and how wide the chart is. */
export interface PreviewRequest {
  text: string;
  /** Base lr of the group, if the text sets none. */
  base?: number | null;
  /** Length of the run in steps, if the text sets none. */
  total?: number | null;
  /** Steps in an epoch, if the text sets none. */
  epoch?: number | null;
  group?: string | null;
  /** Columns of the chart in pixels. */
  width?: number;
  from_step?: number | null;
  to_step?: number | null;
  /** A metric to try the plateaus on. */
  trace?: TraceValues | TraceCsv | TraceRun | TraceDecay | null;
  /** Whether to say where the curve can be dragged. */
  handles?: boolean;
  /** Whether to draw the curves of all param groups. */
  each_group?: boolean;
}

/** What was wrong, where, what was expected, what to write instead. */
export interface Problem {
  code: string;
  message: string;
  where: string;
  expected: string;
  suggestion: string;
}

/**
 * What may be done after a resume under another plan: a command to ask for as it stands, or none. keep: swap
 * to the old schedule. follow: nothing. rewarm: ramp from the old lr to the new plan. `why` says why the
 * command cannot be made, or will be refused by the job.
 */
export interface ResumeChoice {
  name: "keep" | "follow" | "rewarm";
  command: CommandRequest | null;
  why: string;
}

/** The job went on at `step` from a checkpoint made under another plan; lrs by group at that step. */
export interface ResumeInfo {
  step: number;
  old: PlanInfo;
  new: PlanInfo;
  old_lr: Record<string, number>;
  new_lr: Record<string, number>;
  choices: ResumeChoice[];
}

/** All that the run page needs beside series and commands. */
export interface RunDetail {
  id: string;
  project: string;
  /** As people named it, or else as the job did. */
  name: string;
  tags: string[];
  archived: boolean;
  state: "live" | "silent" | "finished" | "crashed" | "stopped";
  /** Where its steps are from: a job, or a file. */
  origin: "job" | "import";
  /** Steps taken so far; the last recorded step is one less. */
  step: number;
  total: number | null;
  groups: GroupLr[];
  /** The metric shown first, `loss` if there is one. */
  metric: string | null;
  value: number | null;
  /** Steps per second of late. */
  rate: number | null;
  /** About 40 points of the first metric over the whole run. */
  sparkline: (number | null)[];
  started_at: number;
  heard_at: number;
  ended_at: number | null;
  overridden: boolean;
  control: boolean;
  revision: number;
  optimizer: string;
  scheduler: string | null;
  plan: PlanInfo;
  limits: LimitsInfo;
  metrics: string[];
  report: string[];
  config: Record<string, string>;
  environment: Record<string, string>;
  notes: string;
  attempts: Attempt[];
  resume: ResumeInfo | null;
}

/** What to change about a run; what is left out stays. `name` null: the job's own again. */
export interface RunEdit {
  name?: string | null;
  notes?: string;
  tags?: string[];
  archived?: boolean;
}

/** All runs, newest first. */
export interface RunList {
  runs: RunSummary[];
}

/** A row of the run list. Times are Unix seconds. */
export interface RunSummary {
  id: string;
  project: string;
  /** As people named it, or else as the job did. */
  name: string;
  tags: string[];
  archived: boolean;
  state: "live" | "silent" | "finished" | "crashed" | "stopped";
  /** Where its steps are from: a job, or a file. */
  origin: "job" | "import";
  /** Steps taken so far; the last recorded step is one less. */
  step: number;
  total: number | null;
  groups: GroupLr[];
  /** The metric shown first, `loss` if there is one. */
  metric: string | null;
  value: number | null;
  /** Steps per second of late. */
  rate: number | null;
  /** About 40 points of the first metric over the whole run. */
  sparkline: (number | null)[];
  started_at: number;
  heard_at: number;
  ended_at: number | null;
  overridden: boolean;
  control: boolean;
  revision: number;
}

/** A schedule text to keep under a name. `base_version`: refuse if that is not the latest any more. */
export interface SaveRequest {
  text: string;
  base_version?: number | null;
}

/** One version of a saved schedule; versions count from 1 and are never altered. */
export interface SavedSchedule {
  name: string;
  version: number;
  text: string;
  saved_at: number;
  saved_by: string;
}

/** The latest version of every saved schedule, by name. */
export interface SavedSchedules {
  schedules: SavedSchedule[];
}

/** All versions of one saved schedule, newest first. */
export interface SavedVersions {
  versions: SavedSchedule[];
}

/**
 * Points of one series: ascending steps, the exact values there, and what was not finite. With more points
 * than asked for, each of `width` equal step ranges keeps its least and greatest.
 */
export interface Series {
  x: number[];
  y: number[];
  marks: Mark[];
  /** How many points the range holds in full. */
  total: number;
}

/**
 * Series by name: a metric's own name, `lr:GROUP` (effective) or `plan:GROUP` (planned). `cursor` is where a
 * live subscription goes on without a gap.
 */
export interface SeriesAnswer {
  run: string;
  cursor: number;
  series: Record<string, Series>;
}

/** Who is looking: viewer watches, operator turns the dial, admin manages. */
export interface SessionInfo {
  role: "viewer" | "operator" | "admin";
  name: string;
  version: string;
  /** The one project this session reaches; null: all. */
  project: string | null;
  /** The one run this session reaches, through a link that shares it. */
  run: string | null;
}

/** A one-time link that signs a browser in, good for `minutes`. */
export interface SessionLink {
  code: string;
  url: string;
  minutes: number;
}

/** Sign in a browser with a one-time code from a start-up link, or with a token. */
export interface SessionRequest {
  code?: string | null;
  token?: string | null;
}

/** A link that shares a run, without the link itself. */
export interface Share {
  id: string;
  run: string;
  made_by: string;
  created_at: number;
  expires_at: number;
}

/** The links to a run that are good now, oldest first. */
export interface ShareList {
  shares: Share[];
}

/** A new link, in clear this once. */
export interface ShareMade {
  url: string;
  share: Share;
}

/** A link to make that shows one run to whoever has it. */
export interface ShareRequest {
  days?: number;
}

export type ToBrowser =
  | LiveHello
  | LiveRun
  | LivePoints
  | LiveReset
  | LiveCommand
  | LiveAnnotation
  | LiveAlert
  | LiveProblem;

/** A token that an admin made, or one of the server's own two (`agent` and `admin`). */
export interface TokenInfo {
  id: string;
  name: string;
  role: "agent" | "viewer" | "operator" | "admin";
  project: string | null;
  created_at: number;
  expires_at: number | null;
  /** Sockets it may hold open. */
  connections: number;
  /** Sockets it holds open now. */
  open: number;
}

/** The tokens that are good now, oldest first; none of them in clear. */
export interface TokenList {
  tokens: TokenInfo[];
}

/** A new token, in clear this once. */
export interface TokenMade {
  token: string;
  info: TokenInfo;
}

/** A token to make. An agent's needs a project; `days` null: it does not expire. */
export interface TokenRequest {
  name: string;
  role: "agent" | "viewer" | "operator" | "admin";
  project?: string | null;
  days?: number | null;
  connections?: number | null;
}

/** A CSV with a row of names and a column `step`; both may be left out of a single column. */
export interface TraceCsv {
  kind: "csv";
  text: string;
  /** Steps from one value to the next. */
  every?: number;
}

/** A loss made up: it halves its distance to `floor` every `share` of the run. */
export interface TraceDecay {
  kind: "decay";
  start?: number;
  floor?: number;
  share?: number;
  /** As a share of start - floor. */
  noise?: number;
  /** 200 values over the run, if left out. */
  every?: number | null;
}

/** A metric as the plateau saw it, at the width of the chart; `total` counts all its values. */
export interface TraceDrawn {
  metric: string;
  x: number[];
  y: number[];
  total: number;
}

/** What a run recorded. */
export interface TraceRun {
  kind: "run";
  run: string;
  metric: string;
}

/** Values as typed; null stands for no number. */
export interface TraceValues {
  kind: "values";
  values: (number | null)[];
  /** Steps from one value to the next. */
  every?: number;
}

/** Send no more of this run than its row in the list. */
export interface Unwatch {
  type: "unwatch";
  run: string;
}

/** Send this run's points after `cursor`, its commands and its state, until told otherwise. */
export interface Watch {
  type: "watch";
  run: string;
  cursor?: number;
}

/** What became of a test message. Of the address only the host is shown: the rest may be a secret. */
export interface WebhookResult {
  host: string;
  /** Empty if it was taken. */
  problem: string;
}

/** What became of the test message at each webhook. */
export interface WebhookResults {
  results: WebhookResult[];
}

/** One word of the language, for completion. */
export interface Word {
  word: string;
  kind: "shape" | "part" | "setting" | "operator" | "value" | "unit";
  signature: string;
  doc: string;
  /** Text to insert; ${name} marks a place to fill in. */
  insert: string;
}
