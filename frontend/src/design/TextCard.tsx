/** The schedule's text with its faults, the examples to start from, and what a run supplies. */

import { Diagnostics } from "./Diagnostics.tsx";
import { EditorBox } from "./EditorBox.tsx";
import { Fields } from "./Fields.tsx";
import { editor, steps } from "./grip.ts";
import * as store from "./store.ts";

export function TextCard() {
  return (
    <section class="card" aria-label="Schedule">
      <div class="card-head">
        <h2>Schedule</h2>
        <Steps />
        <Examples />
      </div>
      <EditorBox />
      <Diagnostics editor={editor.value} />
      <Fields />
    </section>
  );
}

/** Undo and redo, for hands without a keyboard; typing and dragging are steps of one list. */
function Steps() {
  return (
    <span class="steps">
      <button
        type="button"
        class="icon-button"
        aria-label="Undo"
        title="Undo (Ctrl+Z)"
        disabled={steps.value.undo === 0}
        onClick={() => editor.value?.undo()}
      >
        <Arrow />
      </button>
      <button
        type="button"
        class="icon-button mirrored"
        aria-label="Redo"
        title="Redo (Ctrl+Y)"
        disabled={steps.value.redo === 0}
        onClick={() => editor.value?.redo()}
      >
        <Arrow />
      </button>
    </span>
  );
}

function Arrow() {
  return (
    <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
      <path
        d="M7 4 3.5 7.5 7 11M4 7.5h6.5a3.5 3.5 0 0 1 0 7H8"
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
      />
    </svg>
  );
}

function Examples() {
  const examples = store.language.value?.examples ?? [];
  const presets = store.presets.value;
  function choose(value: string): void {
    const example = examples.find((one) => `example ${one.name}` === value);
    if (example) editor.value?.setText(example.text);
    const preset = presets.find((one) => `preset ${one.name}` === value);
    if (preset) {
      const { text, base, total, epoch } = preset;
      store.change({ text, base, total, epoch });
    }
  }
  return (
    <select
      class="quiet"
      aria-label="Start from an example"
      value=""
      disabled={examples.length === 0}
      onChange={(event) => {
        choose(event.currentTarget.value);
        event.currentTarget.value = "";
      }}
    >
      <option value="">Examples</option>
      <optgroup label="Shapes">
        {examples.map((example) => (
          <option key={example.name} value={`example ${example.name}`} title={example.doc}>
            {example.name}
          </option>
        ))}
      </optgroup>
      {presets.length > 0 && (
        <optgroup label="Papers">
          {presets.map((preset) => (
            <option key={preset.name} value={`preset ${preset.name}`} title={preset.origin}>
              {preset.name}
            </option>
          ))}
        </optgroup>
      )}
    </select>
  );
}
