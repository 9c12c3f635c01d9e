/** What people wrote at steps of the run, and the form to write more. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Annotation } from "../api/types.ts";
import { clock, count, exactTime } from "../lib/format.ts";
import { mayControl } from "../shell/session.ts";
import { ProblemText } from "../shell/states.tsx";
import type { Annotations as Store, Draft } from "./store.ts";

export function Annotations({ store, step }: { store: Store; step: number }) {
  const all = store.all.value;
  const draft = store.draft.value;
  return (
    <section class="card log" aria-label="Annotations" data-testid="annotations">
      <div class="card-head">
        <h2>Annotations</h2>
        {mayControl.value && (
          <button type="button" class="button small" title="Key: a" onClick={() => store.write(step)}>
            Write at step {count(step)}
          </button>
        )}
      </div>
      {all.length === 0 && !draft && (
        <p class="muted">
          Nothing written yet. Press <kbd>a</kbd>, or hold Ctrl and click the chart, to write at a step.
        </p>
      )}
      <ol class="notes">
        {all.map((note) => (
          <Entry key={note.id} note={note} store={store} />
        ))}
      </ol>
    </section>
  );
}

/** The form for what is being written, to be put beside the chart; nothing while nobody writes. */
export function AnnotationForm({ store }: { store: Store }) {
  const draft = store.draft.value;
  const problem = store.problem.value;
  return (
    <>
      {draft && <Form key={draft.known?.id ?? draft.step} store={store} draft={draft} />}
      {problem && <ProblemText problem={problem} />}
    </>
  );
}

function Form({ store, draft }: { store: Store; draft: Draft }) {
  const text = useSignal(draft.known?.text ?? "");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    field.current?.focus();
    field.current?.scrollIntoView({ block: "nearest" });
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const usable = text.value.trim() !== "";
  return (
    <form
      class="note-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (usable) void store.save(text.value.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") store.cancel();
      }}
    >
      <label class="field">
        <span>
          At step <span class="num">{count(draft.step)}</span>
        </span>
        <input
          ref={field}
          data-testid="annotation-text"
          maxLength={2000}
          placeholder="What happened here?"
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" disabled={!usable}>
        Save
      </button>
      <button type="button" class="button" onClick={store.cancel}>
        Cancel
      </button>
    </form>
  );
}

function Entry({ note, store }: { note: Annotation; store: Store }) {
  return (
    <li class="note" data-testid="annotation">
      <span class="num note-step">{count(note.step)}</span>
      <p class="note-text">{note.text}</p>
      <p class="muted">
        {note.written_by}
        {note.written_by && " · "}
        <time title={exactTime(note.written_at)}>{clock(note.written_at)}</time>
        {note.edited_by !== null && ", edited"}
      </p>
      {mayControl.value && (
        <span class="note-buttons">
          <button type="button" class="button small" onClick={() => store.change(note)}>
            Edit
          </button>
          <button
            type="button"
            class="button small"
            aria-label={`Delete the annotation at step ${count(note.step)}`}
            onClick={() => void store.takeAway(note)}
          >
            Delete
          </button>
        </span>
      )}
    </li>
  );
}
