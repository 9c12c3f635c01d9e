/** The open alerts of a run: what is wrong, since when, and who has seen it. */

import "../style/notes.css";
import { useSignal } from "@preact/signals";
import type { Alert } from "../api/types.ts";
import { now } from "../lib/clock.ts";
import { ago, count, exactTime } from "../lib/format.ts";
import { mayControl } from "../shell/session.ts";
import { ProblemText } from "../shell/states.tsx";
import { ALERT_WORDS } from "./list.ts";
import { alertProblem, alerts, mark } from "./store.ts";

export function Alerts({ run }: { run: string }) {
  const all = useSignal(false);
  const open = alerts.value.filter((alert) => alert.run === run);
  if (open.length === 0) return null;
  return (
    <section class={`alerts ${all.value ? "is-open" : ""}`} aria-label="Alerts" data-testid="alerts">
      <ul>
        {open.map((alert) => (
          <Entry key={alert.id} alert={alert} />
        ))}
      </ul>
      {open.length > 1 && (
        <button type="button" class="button small alerts-more" onClick={() => (all.value = true)}>
          {open.length - 1} more
        </button>
      )}
      {alertProblem.value && <ProblemText problem={alertProblem.value} />}
    </section>
  );
}

function Entry({ alert }: { alert: Alert }) {
  const seen = alert.acknowledged_at !== null;
  return (
    <li class={`alert ${seen ? "is-seen" : ""}`} data-testid="alert">
      <AlertMark />
      <strong>{ALERT_WORDS[alert.kind]}</strong>
      <span class="alert-words">
        {alert.message}
        {alert.step !== null && <span class="num"> at step {count(alert.step)}</span>}
      </span>
      <span class="muted" title={exactTime(alert.raised_at)}>
        {ago(alert.raised_at, now.value)}
        {seen && `, seen by ${alert.acknowledged_by || "somebody"}`}
      </span>
      {mayControl.value && (
        <span class="alert-buttons">
          {!seen && (
            <button type="button" class="button small" onClick={() => void mark(alert, "acknowledged")}>
              Acknowledge
            </button>
          )}
          <button type="button" class="button small" onClick={() => void mark(alert, "cleared")}>
            Clear
          </button>
        </span>
      )}
    </li>
  );
}

export function AlertMark() {
  return (
    <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true" class="alert-mark">
      <path
        d="M7 1.5 13 12.5H1z"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linejoin="round"
      />
      <path d="M7 5.5v3.2m0 1.4v.9" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}
