/** What else is known of the run: its plan, its limits, its attempts, its report. */

import "../style/log.css";
import type { ComponentChildren } from "preact";
import { exportPath } from "../api/endpoints.ts";
import { toHash } from "../design/draft.ts";
import * as format from "../lib/format.ts";
import { resting } from "../lib/resting.ts";
import { httpAddress } from "../shell/address.ts";
import { linkTo, place } from "../shell/navigation.ts";
import type { RunState } from "./state.ts";

const ORIGINS = {
  rheostat: "a Rheostat schedule drives this run",
  imported: "read from the job's own scheduler, which drives",
  declared: "declared beside the job's own scheduler, which drives",
  none: "unknown",
} as const;

/** A factor from which on a limit allows whatever somebody could want. */
const ANY = 1e6;

const FORMATS = ["csv", "json", "html", "parquet", "tensorboard", "schedule"] as const;

/** What the page tells of a run that its steps do not change. */
export const About = resting(Facts, ({ state: { detail } }: { state: RunState }) => [
  detail.id,
  detail.plan,
  detail.limits,
  detail.attempts,
  detail.report,
  detail.config,
  detail.environment,
  detail.groups.map(({ name }) => name).join("\n"),
]);

function Facts({ state }: { state: RunState }) {
  const { plan, limits, groups, attempts, report, config, environment, id } = state.detail;
  return (
    <section class="card about" aria-label="About this run">
      <div class="card-head">
        <h2>About this run</h2>
      </div>
      <dl class="facts">
        <Fact name="Plan">
          {plan.text && <pre class="plan-text">{plan.text}</pre>}
          {plan.text && <DesignLink state={state} />}
          <span class="muted">{plan.origin === "none" && plan.why ? plan.why : ORIGINS[plan.origin]}</span>
        </Fact>
        <Fact name="Param groups">
          {groups.map((group) => (
            <div key={group.name} class="num">
              {group.name}{" "}
              <span class="muted">
                {format.count(group.parameters)} {group.parameters === 1 ? "parameter" : "parameters"}
              </span>
            </div>
          ))}
        </Fact>
        <Fact name="Limits of the job">
          <p class="num">
            {limits.max_lr === null ? "" : `lr up to ${format.lr(limits.max_lr)}, `}
            up to ×{limits.max_ratio} of the plan,{" "}
            {limits.max_change < ANY ? `×${limits.max_change}` : "any change"} at once without typing
          </p>
          <p class="muted">
            Others may {limits.kinds.join(", ")}; at most {limits.max_active} overrides at a time,{" "}
            {limits.min_interval_s} s apart. Set in the job, nobody here can widen them.
          </p>
        </Fact>
        <Fact name={attempts.length > 1 ? "Attempts" : "Attempt"}>
          {attempts.map((attempt) => (
            <div key={attempt.id} title={format.exactTime(attempt.started_at)}>
              <span class="num">{format.clock(attempt.started_at)}</span> {attempt.host}
              <span class="muted">
                {" "}
                process {attempt.pid}, {attempt.state}
                {attempt.message && `: ${attempt.message}`}
              </span>
            </div>
          ))}
        </Fact>
        {report.length > 0 && (
          <Fact name="Compatibility report">
            {report.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </Fact>
        )}
        <Pairs name="Config" pairs={config} />
        <Pairs name="Environment" pairs={environment} />
        <Fact name="Run id">
          <code>{id}</code>
        </Fact>
        <Fact name="As a file">
          <span class="exports">
            {FORMATS.map((format) => (
              <a key={format} class="link" href={httpAddress(place, exportPath(id, format))} download>
                {format}
              </a>
            ))}
          </span>
        </Fact>
      </dl>
    </section>
  );
}

/** The plan as a design of its own, to see it in full or to go on from it. */
function DesignLink({ state }: { state: RunState }) {
  const { plan, groups } = state.detail;
  const base = plan.base[groups[0]?.name ?? ""] ?? null;
  const draft = { text: plan.text, base, total: plan.total, epoch: plan.epoch };
  return (
    <a class="link" href={`${linkTo({ page: "design" })}#${toHash(draft)}`}>
      Open in Design
    </a>
  );
}

function Pairs({ name, pairs }: { name: string; pairs: Record<string, string> }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return null;
  return (
    <Fact name={name}>
      {entries.map(([key, value]) => (
        <div key={key}>
          <span class="muted">{key}</span> <span class="num">{value}</span>
        </div>
      ))}
    </Fact>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
