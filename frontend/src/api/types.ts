/** The server's models, and the names that the page has for parts of them. */

import type { CommandEvent, CommandRequest, PreviewRequest, RunSummary, SessionInfo } from "./schema.ts";

export type * from "./schema.ts";

export type RunState = RunSummary["state"];
export type CommandKind = CommandRequest["kind"];
export type CommandState = CommandEvent["state"];
export type Role = SessionInfo["role"];
export type TraceSource = NonNullable<PreviewRequest["trace"]>;
