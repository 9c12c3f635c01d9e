/** One run in the list. */

import { AlertMark } from "../alerts/Alerts.tsx";
import { alertsByRun } from "../alerts/store.ts";
import type { RunSummary } from "../api/types.ts";
import { now } from "../lib/clock.ts";
import * as format from "../lib/format.ts";
import { follow, linkTo } from "../shell/navigation.ts";
import type { Route } from "../shell/route.ts";
import { mayControl } from "../shell/session.ts";
import { EditRow } from "./EditRow.tsx";
import { progress } from "./list.ts";
import { StateMark } from "./StateMark.tsx";
import { sparkPath } from "./sparkline.ts";
import { archive, check, checked, editing } from "./store.ts";

const SPARK = { width: 120, height: 28 };

interface Props {
  run: RunSummary;
  /** Whether keys act on this one. */
  marked: boolean;
}

export function RunRow({ run, marked }: Props) {
  if (editing.value === run.id) return <EditRow run={run} />;
  const to: Route = { page: "run", id: run.id };
  const mine = checked.value.includes(run.id);
  return (
    <div class={`run-row ${marked ? "is-marked" : ""}`} data-testid="run-line">
      <input
        type="checkbox"
        class="run-check"
        aria-label={`Select ${run.name} to compare`}
        checked={mine}
        onChange={() => check(run.id)}
      />
      <a class="run-link" href={linkTo(to)} onClick={follow(to)} data-testid="run-row" data-run={run.id}>
        <Name run={run} />
        <span>
          <StateMark state={run.state} testid="run-state" />
        </span>
        <Steps run={run} />
        <Rates run={run} />
        <span class="run-value">
          <span class="num">{format.metric(run.value)}</span>
          <span class="muted">{run.metric ?? ""}</span>
        </span>
        <span class="run-spark">
          <Sparkline run={run} />
        </span>
        <span class="run-started muted" title={format.exactTime(run.started_at)}>
          <span class="phone">started </span>
          {format.moment(run.started_at, now.value)}
        </span>
        <span class="run-heard muted" title={format.exactTime(run.heard_at)}>
          <span class="phone">heard </span>
          {format.ago(run.heard_at, now.value)}
        </span>
      </a>
      {mayControl.value && (
        <span class="run-acts">
          {!run.archived && (
            <button
              type="button"
              class="button small"
              aria-label={`Edit ${run.name}`}
              onClick={() => (editing.value = run.id)}
            >
              Edit
            </button>
          )}
          <button
            type="button"
            class="button small"
            aria-label={`${run.archived ? "Restore" : "Archive"} ${run.name}`}
            disabled={!run.archived && run.state === "live"}
            title={run.state === "live" ? "A live run cannot be archived" : ""}
            onClick={() => void archive(run, !run.archived)}
          >
            {run.archived ? "Restore" : "Archive"}
          </button>
        </span>
      )}
    </div>
  );
}

function Name({ run }: { run: RunSummary }) {
  const alerts = alertsByRun.value.get(run.id);
  return (
    <span class="run-name">
      <span class="run-title">
        <strong title={run.name}>{run.name}</strong>
        {alerts && (
          <span class={`run-alerts ${alerts.unseen > 0 ? "" : "is-seen"}`} data-testid="run-alerts">
            <AlertMark />
            {alerts.open} {alerts.open === 1 ? "alert" : "alerts"}
          </span>
        )}
      </span>
      <span class="muted">
        {run.origin === "import" && run.project !== "imported" ? `${run.project} · imported` : run.project}
        {run.tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
      </span>
    </span>
  );
}

function Steps({ run }: { run: RunSummary }) {
  const share = progress(run);
  return (
    <span class="run-steps">
      <span class="num">
        {format.count(run.step)}
        <span class="muted"> / {run.total === null ? "?" : format.count(run.total)}</span>
      </span>
      {share !== null && (
        <span class="bar" aria-hidden="true">
          <span style={{ width: `${share * 100}%` }} />
        </span>
      )}
    </span>
  );
}

function Rates({ run }: { run: RunSummary }) {
  const [first] = run.groups;
  return (
    <span class="run-lr">
      <span class="num">{format.lr(first?.effective ?? first?.planned)}</span>
      {run.overridden ? (
        <span class="badge lit" title={`The plan says ${format.lr(first?.planned)}`}>
          override
        </span>
      ) : (
        <span class="muted">{planWords(run)}</span>
      )}
    </span>
  );
}

function planWords({ groups }: RunSummary): string {
  if (groups.length > 1) return `${groups.length} groups`;
  return (groups[0]?.planned ?? null) === null ? "no plan" : "as planned";
}

function Sparkline({ run }: { run: RunSummary }) {
  const path = sparkPath(run.sparkline, SPARK.width, SPARK.height);
  const label = `${run.metric ?? "metric"} over the run`;
  return (
    <svg
      viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      <path d={path} />
    </svg>
  );
}
