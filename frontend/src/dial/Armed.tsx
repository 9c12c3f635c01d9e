/** What is armed, in words, in the place of the controls: apply it or not. */

import { useEffect, useRef } from "preact/hooks";
import type { GroupLr } from "../api/types.ts";
import { CopyButton } from "../shell/Snippet.tsx";
import { asPython, asShell } from "./command.ts";
import { ARMED_MS } from "./machine.ts";
import type { DialStore } from "./store.ts";
import { areaWords, sentence } from "./words.ts";

interface Props {
  dial: DialStore;
  run: string;
  groups: readonly GroupLr[];
}

export function Armed({ dial, run, groups }: Props) {
  const state = dial.state.value;
  const words = useRef<HTMLParagraphElement>(null);
  const armed = state.at === "armed";
  useEffect(() => {
    if (!armed) return;
    const before = document.activeElement;
    // To the words, not to Apply: a key held down must not arm and apply in one go.
    words.current?.focus();
    function press(event: KeyboardEvent): void {
      if (event.key === "Escape") dial.cancel();
    }
    addEventListener("keydown", press);
    return () => {
      removeEventListener("keydown", press);
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [armed, dial]);

  if (state.at !== "armed") return null;
  const { request, forecast } = state;
  const area = areaWords(forecast);
  return (
    <div class="armed">
      <p class="arm-sentence num" data-testid="arm-sentence" tabIndex={-1} ref={words}>
        {sentence(request, forecast, groups)}
      </p>
      {area && <p class="muted num">{area}</p>}
      {request.reason && <p class="muted">“{request.reason}”</p>}
      {forecast.why && <p class="muted">{forecast.why}</p>}
      <div class="armed-buttons">
        <button type="button" class="button primary-lit" data-testid="apply" onClick={dial.apply}>
          Apply
        </button>
        <button type="button" class="button" data-testid="cancel-arm" onClick={dial.cancel}>
          Cancel
        </button>
      </div>
      <p class="copy-row">
        <CopyButton text={() => asShell(run, request)} label="Copy as command" />
        <CopyButton text={() => asPython(run, request)} label="Copy as Python" />
      </p>
      <p class="muted num countdown">Disarms in {dial.left.value} s</p>
      <span class="countdown-bar" style={{ animationDuration: `${ARMED_MS}ms` }} aria-hidden="true" />
    </div>
  );
}
