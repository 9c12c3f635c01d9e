/** The state of the live connection, without sockets or clocks: times come in as milliseconds. */

export type Phase = "opening" | "open" | "waiting";

export interface Connection {
  phase: Phase;
  /** When the page was last connected (or first tried to be). */
  since: number;
  /** Failed tries in a row. */
  tries: number;
}

/** Shown only after this long without a connection: short gaps are nobody's business. */
export const QUIET_MS = 2000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

export function begin(now: number): Connection {
  return { phase: "opening", since: now, tries: 0 };
}

export function opened(_: Connection, now: number): Connection {
  return { phase: "open", since: now, tries: 0 };
}

export function closed(connection: Connection, now: number): Connection {
  const since = connection.phase === "open" ? now : connection.since;
  return { phase: "waiting", since, tries: connection.tries + 1 };
}

export function retrying(connection: Connection): Connection {
  return { ...connection, phase: "opening" };
}

/** After so long without a word from the server somebody should ask whether it is still there. */
export const SILENT_MS = 5000;

/** Whether an open connection, last heard of at `heard`, may be one that nobody holds the other end of. */
export function isDoubtful(connection: Connection, heard: number, now: number): boolean {
  return connection.phase === "open" && now - heard >= SILENT_MS;
}

/** Whether a try that began at `begun` has led nowhere for too long: in a network that swallows packets none ends. */
export function isStuck(connection: Connection, begun: number, now: number): boolean {
  return connection.phase === "opening" && now - begun >= 2 * SILENT_MS;
}

/** Milliseconds to wait before the next try; `chance` in [0, 1) spreads many browsers apart. */
export function pause(connection: Connection, chance: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(connection.tries - 1, 10));
  return full * (0.5 + chance / 2);
}

/** Whether the page should say that it is cut off. */
export function isCutOff(connection: Connection, now: number): boolean {
  return connection.phase !== "open" && now - connection.since >= QUIET_MS;
}
