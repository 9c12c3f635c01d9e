/** Keep the schedule under a name, in versions, and see what has changed since one. */

import "../style/saved.css";
import { useEffect } from "preact/hooks";
import type { DiffAnswer, SavedSchedule } from "../api/types.ts";
import { ago, change, exactTime } from "../lib/format.ts";
import { mayControl, session } from "../shell/session.ts";
import { useSpoken } from "../shell/speech.tsx";
import { ProblemText } from "../shell/states.tsx";
import * as saved from "./saved.ts";
import * as store from "./store.ts";

/** Saved schedules belong to no project: who sees one project only sees none of them. */
export function SavedCard() {
  const limited = session.value === null || session.value.project !== null || session.value.run !== null;
  return limited ? null : <Card />;
}

function Card() {
  useEffect(saved.open, []);
  return (
    <section class="card" aria-label="Saved schedules" data-testid="saved">
      <div class="card-head">
        <h2>Saved</h2>
        <Choice />
      </div>
      {mayControl.value && <SaveForm />}
      {saved.problem.value && (
        <div class="inline-problem" role="alert">
          <ProblemText problem={saved.problem.value} />
        </div>
      )}
      <Versions />
    </section>
  );
}

function Choice() {
  const known = saved.saved.value;
  return (
    <select
      class="quiet"
      aria-label="Open a saved schedule"
      value={known.some(({ name }) => name === saved.name.value) ? saved.name.value : ""}
      disabled={known.length === 0}
      onChange={(event) => event.currentTarget.value && void saved.choose(event.currentTarget.value)}
    >
      <option value="">{known.length === 0 ? "None yet" : "Open …"}</option>
      {known.map(({ name, version }) => (
        <option key={name} value={name}>
          {name} ({version})
        </option>
      ))}
    </select>
  );
}

function SaveForm() {
  const known = saved.saved.value.find(({ name }) => name === saved.name.value.trim());
  const same = known?.text === store.rested.value.text;
  return (
    <form
      class="save-form"
      onSubmit={(event) => {
        event.preventDefault();
        void saved.save();
      }}
    >
      <input
        aria-label="Name to save under"
        placeholder="Name"
        value={saved.name.value}
        maxLength={100}
        autocomplete="off"
        onInput={(event) => (saved.name.value = event.currentTarget.value)}
      />
      <button
        type="submit"
        class="button"
        disabled={saved.busy.value || same || saved.name.value.trim() === "" || store.stale.value}
      >
        {same ? "Saved" : `Save version ${(known?.version ?? 0) + 1}`}
      </button>
    </form>
  );
}

function Versions() {
  const shown = saved.versions.value;
  if (shown.length === 0 || shown[0]?.name !== saved.name.value.trim()) return null;
  return (
    <>
      <ul class="versions">
        {shown.slice(0, 20).map((version) => (
          <Version key={version.version} version={version} />
        ))}
      </ul>
      {saved.against.value && saved.difference.value && (
        <Difference version={saved.against.value} found={saved.difference.value} />
      )}
    </>
  );
}

function Version({ version }: { version: SavedSchedule }) {
  const chosen = saved.against.value?.version === version.version;
  return (
    <li>
      <button
        type="button"
        class="version"
        aria-pressed={chosen}
        onClick={() => (saved.against.value = version)}
      >
        <span>Version {version.version}</span>
        <span class="muted" title={exactTime(version.saved_at)}>
          {version.saved_by}, {ago(version.saved_at, Date.now() / 1000)}
        </span>
      </button>
      <button
        type="button"
        class="button small"
        disabled={version.text === store.rested.value.text}
        onClick={() => store.change({ text: version.text })}
      >
        Open
      </button>
    </li>
  );
}

function Difference({ version, found }: { version: SavedSchedule; found: DiffAnswer }) {
  const spoken = useSpoken();
  const same = version.text === store.rested.value.text;
  const share = found.area_before === 0 ? Number.NaN : found.area_after / found.area_before - 1;
  return (
    <div class="difference" data-testid="difference" ref={spoken}>
      <p class="muted">
        {same ? `The text is version ${version.version}.` : `From version ${version.version} to the text`}
        {!same && Number.isFinite(share) && <span class="num"> · area {change(share)}</span>}
      </p>
      {!same && (
        <ul class="num">
          {found.words.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
