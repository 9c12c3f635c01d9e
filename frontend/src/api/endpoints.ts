/** Every route of the server that the dashboard uses, as a typed function. */

import { get, patch, post, put, remove } from "./client.ts";
import type {
  Alert,
  AlertList,
  Annotation,
  AnnotationList,
  CheckAnswer,
  CommandList,
  CommandRecord,
  CommandRequest,
  CompareAnswer,
  ConvertAnswer,
  ConvertRequest,
  DiffAnswer,
  DiffRequest,
  ForecastAnswer,
  Language,
  PlanAnswer,
  Presets,
  PreviewAnswer,
  PreviewRequest,
  RunDetail,
  RunEdit,
  RunList,
  SavedSchedule,
  SavedSchedules,
  SavedVersions,
  SeriesAnswer,
  SessionInfo,
  ShareList,
  ShareMade,
  TokenList,
  TokenMade,
  TokenRequest,
} from "./types.ts";

/** A stretch of steps and the columns of pixels to draw it on; left out, the whole run. */
export interface Window {
  from?: number;
  to?: number;
  width: number;
  /** The weight of the mean over every point, 0 or left out for the points as they are. */
  smooth?: number;
}

function query(window: Window, names: [string, string][]): string {
  const search = new URLSearchParams(names);
  if (window.from !== undefined) search.set("from", String(window.from));
  if (window.to !== undefined) search.set("to", String(window.to));
  search.set("width", String(window.width));
  if (window.smooth) search.set("smooth", String(window.smooth));
  return search.toString();
}

const runPath = (id: string): string => `api/runs/${encodeURIComponent(id)}`;

export const session = (): Promise<SessionInfo> => get("api/session");

export const signIn = (proof: { code: string } | { token: string }): Promise<SessionInfo> =>
  post("api/session", proof);

export const signOut = (): Promise<void> => remove("api/session");

export const tokens = (): Promise<TokenList> => get("api/tokens");

export const makeToken = (request: TokenRequest): Promise<TokenMade> => post("api/tokens", request);

export const rotateToken = (id: string): Promise<TokenMade> => post(`api/tokens/${id}/rotate`, {});

export const revokeToken = (id: string): Promise<void> => remove(`api/tokens/${id}`);

export const shares = (run: string): Promise<ShareList> => get(`${runPath(run)}/shares`);

export const makeShare = (run: string, days: number): Promise<ShareMade> =>
  post(`${runPath(run)}/shares`, { days });

export const revokeShare = (run: string, id: string): Promise<void> => remove(`${runPath(run)}/shares/${id}`);

export const language = (): Promise<Language> => get("api/schedules/language");

export const presets = (): Promise<Presets> => get("api/schedules/presets");

export const preview = (request: PreviewRequest, signal: AbortSignal): Promise<PreviewAnswer> =>
  post("api/schedules/preview", request, signal);

export const convert = (request: ConvertRequest, signal: AbortSignal): Promise<ConvertAnswer> =>
  post("api/schedules/convert", request, signal);

export const diff = (request: DiffRequest, signal?: AbortSignal): Promise<DiffAnswer> =>
  post("api/schedules/diff", request, signal);

const savedPath = (name: string): string => `api/schedules/saved/${encodeURIComponent(name)}`;

export const savedSchedules = (): Promise<SavedSchedules> => get("api/schedules/saved");

export const savedVersions = (name: string): Promise<SavedVersions> => get(savedPath(name));

export const saveSchedule = (name: string, text: string, base: number): Promise<SavedSchedule> =>
  put(savedPath(name), { text, base_version: base });

export const runs = (archived = false): Promise<RunList> =>
  get(archived ? "api/runs?archived=true" : "api/runs");

export const run = (id: string): Promise<RunDetail> => get(runPath(id));

export const series = (
  id: string,
  names: string[],
  window: Window,
  signal?: AbortSignal,
): Promise<SeriesAnswer> =>
  get(
    `${runPath(id)}/series?${query(
      window,
      names.map((name) => ["metric", name]),
    )}`,
    signal,
  );

export const plan = (id: string, group: string, window: Window, signal?: AbortSignal): Promise<PlanAnswer> =>
  get(`${runPath(id)}/plan?${query(window, [["group", group]])}`, signal);

export const commands = (id: string): Promise<CommandList> => get(`${runPath(id)}/commands`);

export const sendCommand = (id: string, request: CommandRequest): Promise<CommandRecord> =>
  post(`${runPath(id)}/commands`, request);

export const forecast = (id: string, request: CommandRequest, signal: AbortSignal): Promise<ForecastAnswer> =>
  post(`${runPath(id)}/commands/preview`, request, signal);

export const annotations = (id: string): Promise<AnnotationList> => get(`${runPath(id)}/annotations`);

export const annotate = (id: string, step: number, text: string): Promise<Annotation> =>
  post(`${runPath(id)}/annotations`, { step, text });

export const editAnnotation = (id: string, number: number, text: string): Promise<Annotation> =>
  patch(`${runPath(id)}/annotations/${number}`, { text });

export const deleteAnnotation = (id: string, number: number): Promise<void> =>
  remove(`${runPath(id)}/annotations/${number}`);

export const openAlerts = (): Promise<AlertList> => get("api/alerts?open=true");

export const markAlert = (alert: Alert, state: "acknowledged" | "cleared"): Promise<Alert> =>
  patch(`${runPath(alert.run)}/alerts/${alert.id}`, { state });

export const editRun = (id: string, edit: RunEdit): Promise<RunDetail> => patch(runPath(id), edit);

export const checkSchedule = (text: string, signal: AbortSignal): Promise<CheckAnswer> =>
  post("api/schedules/check", { text }, signal);

/** Several runs on one axis: by step, by seconds from each run's first step (`time`), or by a metric that they logged. */
export const compare = (
  ids: readonly string[],
  names: readonly string[],
  axis: string,
  window: Window,
  signal?: AbortSignal,
): Promise<CompareAnswer> => {
  const runs = ids.map((id): [string, string] => ["run", id]);
  const metrics = names.map((name): [string, string] => ["metric", name]);
  return get(`api/compare?${query(window, [...runs, ...metrics, ["axis", axis]])}`, signal);
};

/** The path of a run as a file, for a link. */
export const exportPath = (id: string, format: string): string => `${runPath(id)}/export?format=${format}`;
