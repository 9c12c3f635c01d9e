/** The written sign-in page: how to get in, and a field for a token. */

import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/types.ts";
import { signIn } from "./session.ts";
import { ProblemText } from "./states.tsx";

export function SignIn({ problem }: { problem: Problem | null }) {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Rheostat";
  }, []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (token.trim() === "" || busy) return;
    setBusy(true);
    await signIn(token.trim());
    setBusy(false);
  }

  return (
    <section class="state sign-in" data-testid="sign-in">
      <h1>Sign in</h1>
      <p>
        On the machine of the server, run <code>rheostat open</code>: it prints a fresh link that opens this
        page signed in. Or paste a token.
      </p>
      <form class="sign-in-form" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            name="token"
            autocomplete="off"
            spellcheck={false}
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary" disabled={busy || token.trim() === ""}>
          Sign in
        </button>
      </form>
      <div role="alert">{problem && <ProblemText problem={problem} />}</div>
    </section>
  );
}
