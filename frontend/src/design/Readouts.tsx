/** What is worth reading off the curve, and the jumps that look like slips of the pen. */

import { bigJumps, jumpWords, readouts } from "./readouts.ts";
import * as store from "./store.ts";

export function Readouts() {
  const answer = store.good.value;
  if (!answer?.analysis) return null;
  const jumps = bigJumps(answer.analysis);
  return (
    <div class={store.stale.value ? "stale" : ""}>
      <dl class="readouts">
        {readouts(answer).map((readout) => (
          <div key={readout.id} data-testid={`readout-${readout.id}`}>
            <dt>{readout.label}</dt>
            <dd class="num">{readout.value}</dd>
            <dd class="muted">{readout.note}</dd>
          </div>
        ))}
      </dl>
      {jumps.length > 0 && (
        <p class="jumps">
          <strong>{jumps.length === 1 ? "One jump" : `${jumps.length} jumps`} over 2×</strong>{" "}
          <span class="num">
            {jumps.slice(0, 3).map(jumpWords).join(", ")}
            {jumps.length > 3 ? " …" : ""}
          </span>
        </p>
      )}
    </div>
  );
}
