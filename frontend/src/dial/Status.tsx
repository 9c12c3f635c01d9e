/** What became of the last command, in place: sent, received, applied at step N, or why not. */

import { ProblemText } from "../shell/states.tsx";
import type { DialStore } from "./store.ts";
import { life, roundTrip } from "./words.ts";

export function Status({ dial }: { dial: DialStore }) {
  return (
    <div class="command-status" data-testid="command-status" aria-live="polite">
      <Words dial={dial} />
    </div>
  );
}

function Words({ dial }: { dial: DialStore }) {
  const state = dial.state.value;
  if (state.at === "sending") return <p class="stage sent">sending …</p>;
  if (state.at === "asking") return <p class="muted">Looking at what it would do …</p>;
  const record = dial.followed.value;
  if (record) {
    const { stage, text } = life(record);
    const trip = roundTrip(record);
    return (
      <p class={`stage ${stage}`}>
        <strong>{record.text}</strong>
        <span class="num">
          {text}
          {trip !== null && <span class="muted"> · {Math.round(trip)} ms</span>}
        </span>
      </p>
    );
  }
  if (state.at !== "rest" || state.notice === null) return null;
  if (state.notice.kind === "timeout") return <p class="muted">Disarmed after 20 s. Nothing was sent.</p>;
  const { problem, request } = state.notice;
  return (
    <div class="stage refused">
      <ProblemText problem={problem} />
      {request !== null && isConfirmable(problem.code) && !request.confirmed && (
        <button
          type="button"
          class="button small"
          data-testid="confirm-large"
          onClick={() => dial.arm({ ...request, id: null, confirmed: true })}
        >
          I mean it: arm this large change
        </button>
      )}
    </div>
  );
}

/** The one limit that a person may pass by saying so again. */
function isConfirmable(code: string): boolean {
  return code === "unconfirmed_change";
}
