/** How much metrics are smoothed, in every chart of runs. */

import { MOST } from "../lib/smooth.ts";
import { smoothing } from "./options.ts";

export function Smoothing() {
  return (
    <label class="smoothing">
      <span class="muted">smooth</span>
      <input
        type="range"
        min="0"
        max={MOST}
        step="0.01"
        data-testid="smoothing"
        value={smoothing.value}
        onInput={(event) => (smoothing.value = Number(event.currentTarget.value))}
      />
      <span class="num">{smoothing.value === 0 ? "off" : smoothing.value.toFixed(2)}</span>
    </label>
  );
}
