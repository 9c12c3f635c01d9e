/** The big numbers, as plain text: they follow every message, the chart need not. */

import type { GroupLr, RunDetail } from "../api/types.ts";
import { now } from "../lib/clock.ts";
import * as format from "../lib/format.ts";
import { timeLeft } from "../runs/list.ts";
import type { RunState } from "./state.ts";

/** Older than this, a number says its age. */
const STALE_S = 10;

export function Stats({ state, metric }: { state: RunState; metric: string | null }) {
  const { detail } = state;
  const [first] = detail.groups;
  const age = now.value - detail.heard_at;
  const stale = detail.state === "silent" || (detail.state === "live" && age > STALE_S);
  const share = detail.total ? Math.min(1, detail.step / detail.total) : null;
  const effective = first?.effective ?? first?.planned;
  const value = metric === detail.metric ? detail.value : state.series[metric ?? ""]?.y.at(-1);
  return (
    <dl class={`stats ${stale ? "is-stale" : ""}`}>
      <Stat
        label="Step"
        testid="stat-step"
        value={format.count(detail.step)}
        note={`of ${total(detail.total)}`}
      >
        {share !== null && (
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${share * 100}%` }} />
          </span>
        )}
      </Stat>
      <Stat
        label={detail.groups.length > 1 ? `lr of ${first?.name}` : "lr"}
        testid="stat-lr"
        value={format.lr(effective, 2)}
        note={lrNote(detail.groups)}
        lit={detail.overridden}
      />
      <Stat label={metric ?? "Metric"} testid="stat-loss" value={format.metric(value)} note="last logged" />
      <Stat label="Speed" testid="stat-rate" value={format.rate(speed(state))} note={speedNote(state)} />
      {detail.state === "live" || detail.state === "silent" ? (
        <Stat
          label="Time left"
          testid="stat-left"
          value={format.duration(timeLeft(detail))}
          note={heard(stale, age, detail)}
        />
      ) : (
        <Stat
          label="Took"
          testid="stat-left"
          value={format.duration((detail.ended_at ?? detail.heard_at) - detail.started_at)}
          note={detail.state}
        />
      )}
    </dl>
  );
}

/** Of late while it runs, over all once it has ended. */
function speed({ detail }: RunState): number | null {
  if (detail.ended_at === null) return detail.rate;
  return detail.step / Math.max(1e-3, detail.ended_at - detail.started_at);
}

function speedNote({ detail }: RunState): string {
  return detail.ended_at === null ? "steps/s" : "steps/s on average";
}

function total(steps: number | null): string {
  return steps === null ? "unknown length" : format.count(steps);
}

function heard(stale: boolean, age: number, { step, total: end }: RunDetail): string {
  if (stale) return `silent for ${format.duration(age)}`;
  return end !== null && step > end ? "beyond its total" : "at this speed";
}

/** The plan where it differs, else the other groups. */
function lrNote([first, ...others]: readonly GroupLr[]): string {
  if (!first || first.planned === null) return "";
  const differs = first.effective !== null && first.effective !== first.planned;
  if (differs) return `plan ${format.lr(first.planned, 2)}`;
  if (others.length === 0) return "as planned";
  const [second] = others;
  const more = others.length > 1 ? ` and ${others.length - 1} more` : "";
  return `${second?.name} ${format.lr(second?.effective ?? second?.planned, 2)}${more}`;
}

interface StatProps {
  label: string;
  testid: string;
  value: string;
  note: string;
  lit?: boolean;
  children?: preact.ComponentChildren;
}

function Stat({ label, testid, value, note, lit, children }: StatProps) {
  return (
    <div class={lit ? "is-lit" : ""}>
      <dt>{label}</dt>
      <dd class="num" data-testid={testid}>
        {value}
      </dd>
      <dd class="muted num">
        {note}
        {children}
      </dd>
    </div>
  );
}
