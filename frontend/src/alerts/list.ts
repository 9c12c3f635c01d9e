/** The alerts that are open, kept true by live messages. Pure. */

import type { Alert } from "../api/types.ts";

export const ALERT_WORDS: Record<Alert["kind"], string> = {
  nan: "not finite",
  spike: "spike",
  stall: "stalled",
  silent: "silent",
  divergence: "off the plan",
};

/** `alert` in its place by id, newest first; one that was cleared leaves. */
export function withAlert(alerts: readonly Alert[], alert: Alert): Alert[] {
  const rest = alerts.filter((known) => known.id !== alert.id);
  if (alert.cleared_at !== null) return rest;
  return [...rest, alert].sort((one, other) => other.raised_at - one.raised_at || other.id - one.id);
}

export interface Tally {
  open: number;
  /** Those that nobody has seen yet. */
  unseen: number;
}

/** How many alerts each run has. */
export function tallies(alerts: readonly Alert[]): Map<string, Tally> {
  const found = new Map<string, Tally>();
  for (const alert of alerts) {
    const { open, unseen } = found.get(alert.run) ?? { open: 0, unseen: 0 };
    found.set(alert.run, { open: open + 1, unseen: unseen + Number(alert.acknowledged_at === null) });
  }
  return found;
}
