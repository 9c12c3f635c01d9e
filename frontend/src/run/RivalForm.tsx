/** Choose a schedule to hold against the run: one that was saved in Design, or pasted. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../api/endpoints.ts";
import type { SavedSchedule } from "../api/types.ts";
import { PASTED, type RivalStore } from "./rival.ts";

export function RivalForm({ rival, close }: { rival: RivalStore; close: () => void }) {
  const saved = useSignal<readonly SavedSchedule[]>([]);
  useEffect(() => {
    // Without the list one can still paste.
    void api.savedSchedules().then(
      ({ schedules }) => (saved.value = schedules),
      () => {},
    );
  }, []);
  const now = rival.chosen.value;
  return (
    <section class="rival-form" aria-label="Compare with a design" data-testid="rival-form">
      {saved.value.length > 0 && (
        <label class="field">
          <span>Saved in Design</span>
          <select
            class="quiet"
            value={now?.name ?? ""}
            onChange={(event) => {
              const found = saved.value.find(({ name }) => name === event.currentTarget.value);
              if (found) rival.chosen.value = { name: found.name, text: found.text };
            }}
          >
            <option value="">choose one</option>
            {saved.value.map(({ name, version }) => (
              <option key={name} value={name}>
                {name}, version {version}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>Schedule to draw over this run</span>
        <textarea
          rows={2}
          spellcheck={false}
          data-testid="rival-text"
          placeholder="linear 0 -> 1x for 5%; cosine -> 0"
          value={now?.text ?? ""}
          aria-invalid={rival.fault.value !== ""}
          onInput={(event) => {
            rival.chosen.value = { name: PASTED, text: event.currentTarget.value };
          }}
        />
        {rival.fault.value && <span class="field-fault">{rival.fault.value}</span>}
      </label>
      <span class="rival-buttons">
        <button
          type="button"
          class="button small"
          onClick={() => {
            rival.chosen.value = null;
            close();
          }}
        >
          Take it away
        </button>
        <button type="button" class="button small" onClick={close}>
          Close
        </button>
      </span>
    </section>
  );
}
