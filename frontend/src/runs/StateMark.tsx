/** The state of a run as a word with a shape of its own, never by colour alone. */

import type { RunState } from "../api/types.ts";
import { STATE_WORDS } from "./list.ts";

export function StateMark({ state, testid }: { state: RunState; testid?: string }) {
  return (
    <span class={`run-state ${state}`} data-testid={testid}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <Shape state={state} />
      </svg>
      {STATE_WORDS[state]}
    </span>
  );
}

function Shape({ state }: { state: RunState }) {
  switch (state) {
    case "live":
      return <circle cx="6" cy="6" r="4" fill="currentColor" />;
    case "silent":
      return (
        <circle
          cx="6"
          cy="6"
          r="3.5"
          fill="none"
          stroke="currentColor"
          stroke-width="1.75"
          stroke-dasharray="2.2 1.8"
        />
      );
    case "finished":
      return <path d="M2.5 6.4 5 9l4.5-6" fill="none" stroke="currentColor" stroke-width="1.75" />;
    case "crashed":
      return <path d="m3 3 6 6m0-6-6 6" fill="none" stroke="currentColor" stroke-width="1.75" />;
    case "stopped":
      return <rect x="3" y="3" width="6" height="6" fill="currentColor" />;
  }
}
