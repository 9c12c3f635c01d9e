/** Links that show one run, read-only, to whoever has them: made, listed, revoked. */

import "../style/access.css";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Problem, Share } from "../api/types.ts";
import { now } from "../lib/clock.ts";
import { ago, duration } from "../lib/format.ts";
import { linkTo, place } from "../shell/navigation.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { SelectField } from "../shell/Field.tsx";
import { ProblemText } from "../shell/states.tsx";
import { Secret } from "./Secret.tsx";

const DAYS = [1, 7, 30, 90];

export function Shares({ run, close }: { run: string; close: () => void }) {
  const shares = useSignal<readonly Share[]>([]);
  const days = useSignal(7);
  const made = useSignal<string | null>(null);
  const problem = useSignal<Problem | null>(null);

  async function doing(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      shares.value = (await api.shares(run)).shares;
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  }
  useEffect(() => void doing(async () => {}), []);

  async function make(): Promise<void> {
    // The server knows the address it listens at; whoever is here came by the one that others can reach it by.
    const { search } = new URL((await api.makeShare(run, days.value)).url);
    made.value = `${place.origin}${linkTo({ page: "run", id: run })}${search}`;
  }

  return (
    <Dialog title="Share this run" testid="shares" close={close}>
      <p class="muted">
        A link shows this run and nothing else, config and host names too, to whoever has it. Nobody can turn
        the dial through it.
      </p>
      <div class="grant-form">
        <SelectField
          label="Good for"
          narrow
          options={DAYS.map((count) => [String(count), count === 1 ? "1 day" : `${count} days`])}
          value={String(days.value)}
          choose={(count) => (days.value = Number(count))}
        />
        <button
          type="button"
          class="button primary"
          data-testid="make-share"
          onClick={() => void doing(make)}
        >
          Make link
        </button>
      </div>
      {made.value && (
        <Secret
          words="Copy the link now: it is not shown again."
          text={made.value}
          close={() => (made.value = null)}
        />
      )}
      {problem.value && <ProblemText problem={problem.value} />}
      <ul class="grants">
        {shares.value.map((share) => (
          <li key={share.id} data-testid="share">
            <strong>by {share.made_by || "somebody"}</strong>
            <span class="grant-words muted">
              made {ago(share.created_at, now.value)} · {duration(share.expires_at - now.value)} left
            </span>
            <span class="grant-buttons">
              <button
                type="button"
                class="button small"
                onClick={() => void doing(() => api.revokeShare(run, share.id))}
              >
                Revoke
              </button>
            </span>
          </li>
        ))}
      </ul>
      {shares.value.length === 0 && <p class="muted">No link to this run is good now.</p>}
    </Dialog>
  );
}
