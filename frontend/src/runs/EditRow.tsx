/** Name, tags and notes of a run, edited where they stand. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as api from "../api/endpoints.ts";
import type { RunSummary } from "../api/types.ts";
import { edit, editing } from "./store.ts";

export function EditRow({ run }: { run: RunSummary }) {
  const name = useSignal(run.name);
  const tags = useSignal(run.tags.join(", "));
  const notes = useSignal<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.select();
    // The list does not carry the notes; until they are here they are not sent back either.
    void api.run(run.id).then(
      (detail) => (notes.value = detail.notes),
      () => {},
    );
  }, []);

  async function save(): Promise<void> {
    const changes = {
      name: name.value.trim() || null,
      tags: tags.value
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
      ...(notes.value === null ? {} : { notes: notes.value }),
    };
    if (await edit(run.id, changes)) editing.value = null;
  }

  return (
    <form
      class="edit-row"
      data-testid="edit-run"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") editing.value = null;
      }}
    >
      <Field
        label="Name"
        testid="edit-name"
        value={name.value}
        set={(text) => (name.value = text)}
        place={field}
      />
      <Field label="Tags" testid="edit-tags" value={tags.value} set={(text) => (tags.value = text)} />
      <Field
        label="Notes"
        testid="edit-notes"
        value={notes.value ?? ""}
        disabled={notes.value === null}
        set={(text) => (notes.value = text)}
      />
      <button type="submit" class="button primary">
        Save
      </button>
      <button type="button" class="button" onClick={() => (editing.value = null)}>
        Cancel
      </button>
    </form>
  );
}

interface FieldProps {
  label: string;
  testid: string;
  value: string;
  disabled?: boolean;
  set: (text: string) => void;
  place?: preact.RefObject<HTMLInputElement | null>;
}

function Field({ label, testid, value, disabled, set, place }: FieldProps) {
  return (
    <input
      {...(place ? { ref: place } : {})}
      aria-label={label}
      placeholder={label}
      data-testid={testid}
      value={value}
      disabled={disabled ?? false}
      onInput={(event) => set(event.currentTarget.value)}
    />
  );
}
