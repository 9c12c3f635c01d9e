/** Tokens: who may write runs, watch them, or turn the dial without this browser's session. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TokenInfo, TokenRequest } from "../api/types.ts";
import { now } from "../lib/clock.ts";
import { ago, duration, exactTime } from "../lib/format.ts";
import { SelectField, TextField } from "../shell/Field.tsx";
import { ProblemText } from "../shell/states.tsx";
import { Secret } from "./Secret.tsx";
import * as store from "./tokens.ts";

export function Tokens() {
  useEffect(() => {
    void store.load();
    return () => (store.made.value = null);
  }, []);
  const made = store.made.value;
  return (
    <section class="card" aria-label="Tokens" data-testid="tokens">
      <div class="card-head">
        <h2>Tokens</h2>
      </div>
      <p class="muted">
        A token lets a job write its runs, or a person or a wall display sign in. It is shown once.
      </p>
      <MakeToken />
      {store.problem.value && (
        <div class="inline-problem" role="alert">
          <ProblemText problem={store.problem.value} />
        </div>
      )}
      {made && (
        <Secret
          words={`The token “${made.info.name}”. Copy it now: it is not shown again.`}
          text={made.token}
          close={() => (store.made.value = null)}
        />
      )}
      <ul class="grants">
        {(store.tokens.value ?? []).map((token) => (
          <Entry key={token.id} token={token} />
        ))}
      </ul>
    </section>
  );
}

const ROLES: readonly (readonly [TokenRequest["role"], string])[] = [
  ["agent", "agent: writes the runs of a project"],
  ["viewer", "viewer: watches"],
  ["operator", "operator: also turns the dial"],
  ["admin", "admin: also makes tokens"],
];

type Days = "30" | "365" | "";
const DAYS: readonly (readonly [Days, string])[] = [
  ["30", "30 days"],
  ["365", "a year"],
  ["", "ever"],
];
/** Of a name, as the server takes it. */
const LONGEST = 200;

function MakeToken() {
  const name = useSignal("");
  const role = useSignal<TokenRequest["role"]>("agent");
  const project = useSignal("");
  const days = useSignal<Days>("365");
  const wanted = project.value.trim() || null;
  const valid = name.value.trim() !== "" && (role.value !== "agent" || wanted !== null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!valid) return;
    const whole = role.value === "admin" ? null : wanted;
    const lasting = days.value === "" ? null : Number(days.value);
    if (await store.make({ name: name.value.trim(), role: role.value, project: whole, days: lasting })) {
      name.value = "";
    }
  }

  return (
    <form class="grant-form" onSubmit={(event) => void submit(event)}>
      <TextField
        label="Name"
        testid="token-name"
        placeholder="vision cluster"
        most={LONGEST}
        value={name.value}
        set={(text) => (name.value = text)}
      />
      <SelectField
        label="Role"
        testid="token-role"
        options={ROLES}
        value={role.value}
        choose={(chosen) => (role.value = chosen)}
      />
      <TextField
        label={<>Project{role.value !== "agent" && <span class="muted"> (empty: all)</span>}</>}
        testid="token-project"
        placeholder={role.value === "agent" ? "vision" : "all"}
        disabled={role.value === "admin"}
        most={LONGEST}
        value={role.value === "admin" ? "" : project.value}
        set={(text) => (project.value = text)}
      />
      <SelectField
        label="Good for"
        narrow
        options={DAYS}
        value={days.value}
        choose={(chosen) => (days.value = chosen)}
      />
      <button type="submit" class="button primary" disabled={!valid}>
        Make token
      </button>
    </form>
  );
}

function Entry({ token }: { token: TokenInfo }) {
  const sure = useSignal(false);
  const own = token.id === "agent" || token.id === "admin";
  const left = token.expires_at === null ? null : token.expires_at - now.value;
  return (
    <li data-testid="token">
      <strong>{token.name}</strong>
      <span class="tag">{token.role}</span>
      <span class="grant-words muted">
        {token.project ?? "every project"} · made{" "}
        <span title={exactTime(token.created_at)}>{ago(token.created_at, now.value)}</span>
        {left === null ? "" : ` · ${duration(left)} left`}
        {token.open > 0 && ` · ${token.open} connected`}
      </span>
      {own ? (
        <span class="muted grant-own">in a file of the server's data folder</span>
      ) : (
        <span class="grant-buttons">
          <button type="button" class="button small" onClick={() => void store.rotate(token.id)}>
            Replace
          </button>
          <button
            type="button"
            class={`button small ${sure.value ? "danger" : ""}`}
            onBlur={() => (sure.value = false)}
            onClick={() => {
              if (sure.value) void store.revoke(token.id);
              else sure.value = true;
            }}
          >
            {sure.value ? "Really revoke" : "Revoke"}
          </button>
        </span>
      )}
    </li>
  );
}
