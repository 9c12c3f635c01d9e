/** One run in the list. */

import type { RunSummary } from "../api/types.ts";
import { now } from "../lib/clock.ts";
import * as format from "../lib/format.ts";
import { follow, linkTo } from "../shell/navigation.ts";
import type { Route } from "../shell/route.ts";
import { progress } from "./list.ts";
import { StateMark } from "./StateMark.tsx";
import { sparkPath } from "./sparkline.ts";

const SPARK = { width: 120, height: 28 };

export function RunRow({ run }: { run: RunSummary }) {
  const to: Route = { page: "run", id: run.id };
  return (
    <a class="run-row" href={linkTo(to)} onClick={follow(to)} data-testid="run-row" data-run={run.id}>
      <span class="run-name">
        <strong>{run.name}</strong>
        <span class="muted">{run.project}</span>
      </span>
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
      <span class="run-heard muted" title={format.exactTime(run.heard_at)}>
        {format.ago(run.heard_at, now.value)}
      </span>
    </a>
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
  const [first, ...others] = run.groups;
  return (
    <span class="run-lr">
      <span class="num">{format.lr(first?.effective ?? first?.planned)}</span>
      {run.overridden ? (
        <span class="badge lit" title={`The plan says ${format.lr(first?.planned)}`}>
          override
        </span>
      ) : (
        <span class="muted">{others.length > 0 ? `${run.groups.length} groups` : "as planned"}</span>
      )}
    </span>
  );
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
