/** What was logged at the step that was clicked: exact, to be copied, to be written about. */

import { count } from "../lib/format.ts";
import { mayControl } from "../shell/session.ts";
import { CopyButton } from "../shell/Snippet.tsx";
import { asText, type Value } from "./logged.ts";
import type { PickedStore } from "./picked.ts";

export function Picked({ picked, write }: { picked: PickedStore; write: (step: number) => void }) {
  const step = picked.step.value;
  const values = picked.values.value;
  if (step === null) return null;
  return (
    <div class="picked" data-testid="picked">
      <strong class="num">Step {count(step)}</strong>
      <Values values={values} />
      <span class="picked-buttons">
        {values !== null && values.length > 0 && (
          <CopyButton text={() => asText(step, values)} label="Copy" />
        )}
        {mayControl.value && (
          <button type="button" class="button small" onClick={() => write(step)}>
            Annotate
          </button>
        )}
        <button type="button" class="button small" onClick={picked.clear}>
          Close
        </button>
      </span>
    </div>
  );
}

function Values({ values }: { values: readonly Value[] | null }) {
  if (values === null) return <span class="muted">…</span>;
  if (values.length === 0) return <span class="muted">Nothing was logged at this step.</span>;
  return (
    <dl class="picked-values">
      {values.map(({ name, value }) => (
        <div key={name}>
          <dt class="muted">{name}</dt>
          <dd class="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
