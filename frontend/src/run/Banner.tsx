/** Lit while an override holds: what, since when, by whom. In the heading's own line, so that nothing moves. */

import { holding } from "../dial/words.ts";
import { useSpoken } from "../shell/speech.tsx";
import { inForce, type RunState } from "./state.ts";

export function Banner({ state }: { state: RunState }) {
  const spoken = useSpoken();
  const held = inForce(state);
  const newest = held.at(-1);
  if (!newest && !state.detail.overridden) return null;
  const title = held.map((command) => `${holding(command)}, by ${command.issued_by}`).join("\n");
  return (
    <p class="banner" ref={spoken} data-testid="override-banner" title={title}>
      <span class="lamp" aria-hidden="true" />
      <strong>{held.length > 1 ? `${held.length} overrides hold` : "Override holds"}</strong>
      {newest && (
        <span>
          {holding(newest)}
          {newest.issued_by && `, by ${newest.issued_by}`}
        </span>
      )}
    </p>
  );
}
