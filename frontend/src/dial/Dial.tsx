/** The dial panel: how the lr stands, and how to turn it: arm, read what it will do, apply. */

import "../style/dial.css";
import { useSignal } from "@preact/signals";
import type { GroupLr } from "../api/types.ts";
import { now } from "../lib/clock.ts";
import * as format from "../lib/format.ts";
import { isCutOff } from "../live/connection.ts";
import { connection } from "../live/socket.ts";
import { inForce, type RunState } from "../run/state.ts";
import { mayControl } from "../shell/session.ts";
import { Armed } from "./Armed.tsx";
import { Controls } from "./Controls.tsx";
import { Gauge } from "./Gauge.tsx";
import { ratioOf } from "./gauge.ts";
import { whyLocked } from "./lock.ts";
import { Status } from "./Status.tsx";
import type { DialStore } from "./store.ts";
import { effects } from "./words.ts";

export function Dial({ state, dial }: { state: RunState; dial: DialStore }) {
  const chosen = useSignal<string | null>(null);
  const { groups } = state.detail;
  const group = groups.find((one) => one.name === chosen.value) ?? groups[0];
  const locked = whyLocked(state.detail, {
    mayControl: mayControl.value,
    connected: !isCutOff(connection.value, Date.now()),
    age: now.value - state.detail.heard_at,
  });
  const targets = chosen.value === null ? null : [chosen.value];
  return (
    <section class="card dial" aria-label="Dial" data-testid="dial">
      <div class="card-head">
        <h2>Dial</h2>
        {groups.length > 1 && (
          <GroupChoice groups={groups} value={chosen.value} choose={(name) => (chosen.value = name)} />
        )}
      </div>
      <Gauge
        effective={group?.effective ?? group?.planned ?? null}
        ratio={ratioOf(group?.planned, group?.effective ?? group?.planned)}
        proposed={proposedRatio(dial, groups, group)}
      />
      <Source state={state} group={group} />
      <ReleaseButton state={state} locked={locked !== null} release={() => dial.release(targets)} />
      <Status dial={dial} commands={state.commands} />
      {locked === null ? (
        <>
          <Controls dial={dial} detail={state.detail} targets={targets} group={group} />
          <Armed dial={dial} run={state.detail.id} groups={groups} />
        </>
      ) : (
        <p class="locked" data-testid="dial-locked">
          {locked}
        </p>
      )}
    </section>
  );
}

function proposedRatio(
  dial: DialStore,
  groups: readonly GroupLr[],
  group: GroupLr | undefined,
): number | null {
  const state = dial.state.value;
  if (state.at !== "armed" || !group) return null;
  const found = effects(state.request, state.forecast, groups);
  const effect = found.find((one) => one.group === group.name);
  return effect ? ratioOf(group.planned, effect.after) : null;
}

interface GroupChoiceProps {
  groups: readonly GroupLr[];
  value: string | null;
  choose: (name: string | null) => void;
}

function GroupChoice({ groups, value, choose }: GroupChoiceProps) {
  return (
    <select
      class="quiet"
      aria-label="Param groups to turn"
      value={value ?? ""}
      onChange={(event) => choose(event.currentTarget.value || null)}
    >
      <option value="">All groups</option>
      {groups.map((group) => (
        <option key={group.name} value={group.name}>
          {group.name}
        </option>
      ))}
    </select>
  );
}

/** Who says what the lr is: the schedule, or an override and why. */
function Source({ state, group }: { state: RunState; group: GroupLr | undefined }) {
  const held = inForce(state).at(-1);
  return (
    <dl class="source">
      <div>
        <dt>Plan</dt>
        <dd class="num">{format.lrExact(group?.planned)}</dd>
      </div>
      <div>
        <dt class="hidden">Source</dt>
        <dd>
          {held ? (
            <>
              override{held.issued_by && ` by ${held.issued_by}`}
              {held.request.reason && <span class="muted"> “{held.request.reason}”</span>}
            </>
          ) : (
            <span class="muted">from the schedule</span>
          )}
        </dd>
      </div>
    </dl>
  );
}

interface ReleaseProps {
  state: RunState;
  locked: boolean;
  release: () => void;
}

function ReleaseButton({ state, locked, release }: ReleaseProps) {
  const held = inForce(state).length > 0 || state.detail.overridden;
  return (
    <button
      type="button"
      class={`button wide-button ${held ? "lit" : ""}`}
      data-testid="release"
      disabled={locked || !held}
      onClick={release}
    >
      Back to schedule
    </button>
  );
}
