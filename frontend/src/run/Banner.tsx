/** Lit while an override holds: what, by whom, since when, and the way back. */

import { holding } from "../dial/words.ts";
import { inForce, type RunState } from "./state.ts";

export function Banner({ state }: { state: RunState }) {
  const held = inForce(state);
  if (held.length === 0 && !state.detail.overridden) return null;
  return (
    <div class="banner" role="status" data-testid="override-banner">
      <span class="lamp" aria-hidden="true" />
      <div>
        <strong>An override holds.</strong>{" "}
        {held.map((command) => (
          <span key={command.id} class="banner-item">
            {holding(command)}
            {command.issued_by && `, by ${command.issued_by}`}
            {command.request.reason && ` (${command.request.reason})`}.{" "}
          </span>
        ))}
        <span class="banner-rest">The schedule goes on underneath.</span>
      </div>
    </div>
  );
}
