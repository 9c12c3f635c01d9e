/** Code to take away, and the button that copies it. */

import { useState } from "preact/hooks";
import { say } from "./speech.tsx";

export function Snippet({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled, also by keyboard
    <pre class="snippet" tabIndex={0}>
      <code>{text}</code>
    </pre>
  );
}

export function CopyButton({ text, label }: { text: () => string; label: string }) {
  const [done, setDone] = useState<"" | "Copied" | "Press Ctrl+C">("");

  function tell(words: "Copied" | "Press Ctrl+C"): void {
    setDone(words);
    say(words);
  }

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      tell("Copied");
    } catch {
      // Without TLS the browser gives pages no clipboard.
      tell("Press Ctrl+C");
    }
    setTimeout(() => setDone(""), 2000);
  }

  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      {done || label}
    </button>
  );
}
