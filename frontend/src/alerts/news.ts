/** What of the alerts is to be said aloud, once each. Pure. */

import type { Alert } from "../api/types.ts";
import { count } from "../lib/format.ts";

/** Where an alert is, as a page says it: ` in NAME`, or nothing; null for one that the page does not show. */
export type Where = (run: string) => string | null;

export interface News {
  words: string;
  /** The last alert that the words are about. */
  last: number;
}

/** The alerts after `heard` that the page shows and nobody has seen: the newest in full, the others counted. */
export function newsOf(alerts: readonly Alert[], heard: number, where: Where): News | null {
  const fresh = alerts
    .filter(({ id, run, acknowledged_at }) => id > heard && acknowledged_at === null && where(run) !== null)
    .sort((one, other) => other.id - one.id);
  const [newest] = fresh;
  if (!newest) return null;
  const step = newest.step === null ? "" : ` at step ${count(newest.step)}`;
  const more = fresh.length > 1 ? `, and ${fresh.length - 1} more` : "";
  return { words: `Alert${where(newest.run)}: ${newest.message}${step}${more}`, last: newest.id };
}
