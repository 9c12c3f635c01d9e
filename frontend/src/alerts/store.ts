/** The open alerts of every run within reach: loaded with each connection, then told live. */

import { computed, effect, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Alert, Problem } from "../api/types.ts";
import { listen } from "../live/socket.ts";
import { say } from "../shell/speech.tsx";
import { tallies, withAlert } from "./list.ts";
import { newsOf, type Where } from "./news.ts";

export const alerts = signal<readonly Alert[]>([]);
export const alertsByRun = computed(() => tallies(alerts.value));
export const alertProblem = signal<Problem | null>(null);

async function load(): Promise<void> {
  try {
    alerts.value = (await api.openAlerts()).alerts;
  } catch {
    // They come with the next connection; a page without alerts is better than none.
  }
}

/** The last alert that was said aloud, on whatever page. */
let heard = 0;

/** Keep the alerts true while a page shows them, and have new ones said. Gives what ends it. */
export function followAlerts(where: Where): () => void {
  void load();
  const stops = [
    listen((message) => {
      if (message.type === "hello") void load();
      if (message.type === "alert") alerts.value = withAlert(alerts.value, message.alert);
    }),
    effect(() => {
      const news = newsOf(alerts.value, heard, where);
      if (news === null) return;
      heard = news.last;
      say(news.words);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Say that an alert was seen, or dealt with. */
export async function mark(alert: Alert, state: "acknowledged" | "cleared"): Promise<void> {
  try {
    alerts.value = withAlert(alerts.value, await api.markAlert(alert, state));
    alertProblem.value = null;
  } catch (error) {
    alertProblem.value = problemFrom(error);
  }
}
