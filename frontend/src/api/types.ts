/** The JSON of the HTTP API and the live websocket: the same names as the server's models. Times are Unix seconds. */

export type RunState = "live" | "silent" | "finished" | "crashed" | "stopped";

export type CommandState =
  | "requested"
  | "accepted"
  | "rejected"
  | "scheduled"
  | "applied"
  | "ended"
  | "expired"
  | "superseded"
  | "lost";

export interface Problem {
  code: string;
  message: string;
  where: string;
  expected: string;
  suggestion: string;
}

export interface Diagnostic {
  severity: "error" | "warning";
  line: number;
  column: number;
  length: number;
  code: string;
  message: string;
  suggestion: string;
  replacement: string | null;
}

export interface CheckAnswer {
  ok: boolean;
  formatted: string | null;
  diagnostics: Diagnostic[];
}

export interface PreviewRequest {
  text: string;
  base: number | null;
  total: number | null;
  epoch: number | null;
  group?: string | null;
  width: number;
  from_step?: number | null;
  to_step?: number | null;
  trace?: TraceSource | null;
  handles?: boolean;
  each_group?: boolean;
}

export interface TraceValues {
  kind: "values";
  values: (number | null)[];
  every: number;
}

export interface TraceCsv {
  kind: "csv";
  text: string;
  every: number;
}

export interface TraceRun {
  kind: "run";
  run: string;
  metric: string;
}

export interface TraceDecay {
  kind: "decay";
  start: number;
  floor: number;
  share: number;
  noise: number;
  every: number | null;
}

export type TraceSource = TraceValues | TraceCsv | TraceRun | TraceDecay;

export interface TraceDrawn {
  metric: string;
  x: number[];
  y: number[];
  total: number;
}

export interface Part {
  start: number;
  end: number;
  line: number;
  column: number;
  length: number;
  label: string;
  area: number;
  share: number;
}

export interface Jump {
  step: number;
  before: number;
  after: number;
}

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

export interface Moved {
  line: number;
  column: number;
  length: number;
  value: number;
  suffix: string;
  rate: number;
}

export interface Handle {
  step: number;
  lr: number;
  across: Moved | null;
  up: Moved | null;
}

export interface GroupCurve {
  group: string;
  x: number[];
  y: number[];
}

export interface PreviewAnswer {
  ok: boolean;
  x: number[];
  y: number[];
  groups: string[];
  analysis: Analysis | null;
  diagnostics: Diagnostic[];
  metrics: string[];
  traces: TraceDrawn[];
  drops: number[];
  handles: Handle[];
  curves: GroupCurve[];
  epoch: number | null;
  step_tokens: number | null;
}

export interface ConvertRequest {
  text: string;
  base: number | null;
  total: number | null;
  epoch: number | null;
  to: "json" | "torch" | "torch-classes" | "transformers" | "optax" | "timm" | "megatron";
}

export interface ConvertAnswer {
  code: string | null;
  why: string;
}

export interface DiffRequest {
  before: string;
  after: string;
  base: number | null;
  total: number | null;
  epoch: number | null;
  group?: string | null;
}

export interface DiffAnswer {
  words: string[];
  total: number;
  largest: number;
  step: number;
  before: number;
  after: number;
  area_before: number;
  area_after: number;
}

export interface SavedSchedule {
  name: string;
  version: number;
  text: string;
  saved_at: number;
  saved_by: string;
}

export interface SavedSchedules {
  schedules: SavedSchedule[];
}

export interface SavedVersions {
  versions: SavedSchedule[];
}

export interface Preset {
  name: string;
  text: string;
  origin: string;
  base: number;
  total: number;
  epoch: number | null;
}

export interface Presets {
  presets: Preset[];
}

export interface Word {
  word: string;
  kind: "shape" | "part" | "setting" | "operator" | "value" | "unit";
  signature: string;
  doc: string;
  insert: string;
}

export interface Example {
  name: string;
  text: string;
  doc: string;
}

export interface Language {
  words: Word[];
  examples: Example[];
}

export interface GroupLr {
  name: string;
  parameters: number;
  planned: number | null;
  effective: number | null;
}

export interface RunSummary {
  id: string;
  project: string;
  name: string;
  state: RunState;
  origin: "job" | "import";
  step: number;
  total: number | null;
  groups: GroupLr[];
  metric: string | null;
  value: number | null;
  rate: number | null;
  sparkline: (number | null)[];
  started_at: number;
  heard_at: number;
  ended_at: number | null;
  overridden: boolean;
  control: boolean;
  revision: number;
  tags: string[];
  archived: boolean;
}

export interface PlanInfo {
  origin: "rheostat" | "imported" | "declared" | "none";
  text: string;
  total: number | null;
  epoch: number | null;
  base: Record<string, number>;
  why: string;
}

export interface Attempt {
  id: string;
  restart: number;
  host: string;
  pid: number;
  started_at: number;
  ended_at: number | null;
  state: RunState;
  message: string;
}

export interface LimitsInfo {
  kinds: string[];
  max_lr: number | null;
  max_ratio: number;
  max_change: number;
  min_interval_s: number;
  max_active: number;
}

/** What may be done after a resume under another plan: a command to ask for as it stands, or none. */
export interface ResumeChoice {
  name: "keep" | "follow" | "rewarm";
  command: CommandRequest | null;
  why: string;
}

/** The job went on at `step` from a checkpoint made under another plan. */
export interface ResumeInfo {
  step: number;
  old: PlanInfo;
  new: PlanInfo;
  old_lr: Record<string, number>;
  new_lr: Record<string, number>;
  choices: ResumeChoice[];
}

export interface RunDetail extends RunSummary {
  optimizer: string;
  scheduler: string | null;
  plan: PlanInfo;
  limits: LimitsInfo;
  metrics: string[];
  report: string[];
  config: Record<string, string>;
  environment: Record<string, string>;
  attempts: Attempt[];
  resume: ResumeInfo | null;
  notes: string;
}

export interface RunList {
  runs: RunSummary[];
}

export interface Mark {
  step: number;
  value: "nan" | "inf" | "-inf";
}

export interface Series {
  x: number[];
  y: number[];
  marks: Mark[];
  total: number;
}

export interface SeriesAnswer {
  run: string;
  cursor: number;
  series: Record<string, Series>;
}

export interface PlanAnswer {
  x: number[];
  y: number[];
  why: string;
}

export type CommandKind =
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

export interface CommandRequest {
  id?: string | null;
  kind: CommandKind;
  value?: number | null;
  factor?: number | null;
  start?: number | null;
  over?: number | null;
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

export interface CommandEvent {
  state: CommandState;
  at: number;
  step: number | null;
  planned: Record<string, number>;
  effective: Record<string, number>;
  code: string;
  message: string;
}

export interface CommandRecord {
  id: string;
  run: string;
  kind: CommandKind;
  text: string;
  request: CommandRequest;
  issued_by: string;
  issued_at: number;
  revision: number;
  state: CommandState;
  active: boolean;
  events: CommandEvent[];
}

export interface CommandList {
  commands: CommandRecord[];
  revision: number;
}

export interface Forecast {
  group: string;
  x: number[];
  planned: number[];
  present: number[];
  proposed: number[];
  area_change: number;
}

export interface ForecastAnswer {
  step: number;
  text: string;
  groups: Forecast[];
  refusal: Problem | null;
  why: string;
}

export type Role = "viewer" | "operator" | "admin";

export interface SessionInfo {
  role: Role;
  name: string;
  version: string;
  project: string | null;
  run: string | null;
}

export interface TokenInfo {
  id: string;
  name: string;
  role: Role | "agent";
  project: string | null;
  created_at: number;
  expires_at: number | null;
  connections: number;
  open: number;
}

export interface TokenList {
  tokens: TokenInfo[];
}

export interface TokenRequest {
  name: string;
  role: Role | "agent";
  project: string | null;
  days: number | null;
  connections?: number | null;
}

export interface TokenMade {
  token: string;
  info: TokenInfo;
}

export interface Share {
  id: string;
  run: string;
  made_by: string;
  created_at: number;
  expires_at: number;
}

export interface ShareList {
  shares: Share[];
}

export interface ShareMade {
  url: string;
  share: Share;
}

export interface Alert {
  id: number;
  run: string;
  kind: "nan" | "spike" | "stall" | "silent" | "divergence";
  subject: string;
  step: number | null;
  message: string;
  raised_at: number;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
  cleared_at: number | null;
  cleared_by: string | null;
}

export interface AlertList {
  alerts: Alert[];
}

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

export interface AnnotationList {
  annotations: Annotation[];
}

export interface RunEdit {
  name?: string | null;
  notes?: string;
  tags?: string[];
  archived?: boolean;
}

export interface ComparedSeries {
  x: number[];
  y: number[];
  marks: Mark[];
  total: number;
}

export interface Compared {
  run: string;
  name: string;
  state: RunState;
  origin: "job" | "import";
  first_at: number | null;
  series: Record<string, ComparedSeries>;
}

export interface CompareAnswer {
  axis: "step" | "time";
  runs: Compared[];
}

export type FromBrowser =
  | { type: "watch"; run: string; cursor: number }
  | { type: "unwatch"; run: string }
  | { type: "list"; on: boolean };

export type ToBrowser =
  | { type: "hello"; version: string; epoch: string; clock: number }
  | { type: "run"; run: RunSummary }
  | { type: "points"; run: string; after: number; cursor: number; series: Record<string, Series> }
  | { type: "reset"; run: string }
  | { type: "command"; run: string; command: CommandRecord }
  | { type: "annotation"; run: string; annotation: Annotation; deleted: boolean }
  | { type: "alert"; alert: Alert }
  | { type: "problem"; error: Problem };
