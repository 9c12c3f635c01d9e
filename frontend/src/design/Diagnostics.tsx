/** What is wrong with the text, where, and the fix at a click. */

import type { Diagnostic } from "../api/types.ts";
import { useSpoken } from "../shell/speech.tsx";
import type { Editor } from "./editor.ts";
import { fixName } from "./fix.ts";
import { diagnostics } from "./store.ts";

export function Diagnostics({ editor }: { editor: Editor | null }) {
  const found = diagnostics.value;
  const spoken = useSpoken();
  return (
    <ul class="diagnostics" data-testid="diagnostics" ref={spoken}>
      {found.map((diagnostic) => (
        <li key={`${diagnostic.line}:${diagnostic.column}:${diagnostic.code}`} class={diagnostic.severity}>
          <button type="button" class="where num" onClick={() => editor?.goTo(diagnostic)}>
            <Shape severity={diagnostic.severity} />
            {diagnostic.line}:{diagnostic.column}
          </button>
          <span>
            {diagnostic.message}
            {diagnostic.suggestion && <span class="muted"> {diagnostic.suggestion}</span>}
          </span>
          {diagnostic.replacement !== null && (
            <button type="button" class="button small" onClick={() => editor?.mend(diagnostic)}>
              {fixName(diagnostic.replacement)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Shape({ severity }: { severity: Diagnostic["severity"] }) {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" role="img" aria-label={severity}>
      {severity === "error" ? (
        <path d="m3 3 6 6m0-6-6 6" fill="none" stroke="currentColor" stroke-width="2" />
      ) : (
        <path d="M6 1.5 11 10.5H1z" fill="none" stroke="currentColor" stroke-width="1.5" />
      )}
    </svg>
  );
}
