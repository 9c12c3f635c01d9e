/** What is shown this once: a token, or a link that opens a run. */

import { CopyButton } from "../shell/Snippet.tsx";
import { useSaid } from "../shell/speech.tsx";

export function Secret({ words, text, close }: { words: string; text: string; close: () => void }) {
  useSaid(words);
  return (
    <div class="secret" data-testid="secret">
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
