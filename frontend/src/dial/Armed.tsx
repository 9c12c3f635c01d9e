/** What is armed, in words, with the choice to apply it or not. */

import { useEffect, useRef } from "preact/hooks";
import { ARMED_MS } from "./machine.ts";
import type { DialStore } from "./store.ts";
import { areaWords, sentence } from "./words.ts";

export function Armed({ dial }: { dial: DialStore }) {
  const state = dial.state.value;
  const apply = useRef<HTMLButtonElement>(null);
  const armed = state.at === "armed";
  useEffect(() => {
    if (!armed) return;
    function press(event: KeyboardEvent): void {
      if (event.key === "Escape") dial.cancel();
    }
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [armed, dial]);

  if (state.at === "asking") return <p class="armed muted">Looking at what it would do …</p>;
  if (state.at !== "armed") return null;
  const { request, forecast } = state;
  const area = areaWords(forecast);
  return (
    <div class="armed is-armed">
      <p class="arm-sentence num" data-testid="arm-sentence" aria-live="polite">
        {sentence(request, forecast)}
      </p>
      {area && <p class="muted num">{area}</p>}
      {forecast.why && <p class="muted">{forecast.why}</p>}
      <div class="armed-buttons">
        <button type="button" class="button primary-lit" data-testid="apply" ref={apply} onClick={dial.apply}>
          Apply
        </button>
        <button type="button" class="button" data-testid="cancel-arm" onClick={dial.cancel}>
          Cancel
        </button>
        <span class="muted num countdown">{dial.left.value} s</span>
      </div>
      <span class="countdown-bar" style={{ animationDuration: `${ARMED_MS}ms` }} aria-hidden="true" />
    </div>
  );
}
