/** What is shown this once: a token, or a link that opens a run. */

import { CopyButton } from "../shell/Snippet.tsx";

export function Secret({ words, text, close }: { words: string; text: string; close: () => void }) {
  return (
    <div class="secret" role="status" data-testid="secret">
      <p>{words}</p>
      <code>{text}</code>
      <span>
        <CopyButton text={() => text} label="Copy" />
        <button type="button" class="button small" onClick={close}>
          Done
        </button>
      </span>
    </div>
  );
}
