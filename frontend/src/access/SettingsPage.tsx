/** Who is signed in, how the page looks, and, for an admin, the tokens of the server. */

import "../style/access.css";
import { useEffect } from "preact/hooks";
import { Choice } from "../shell/Choice.tsx";
import { isAdmin, session, signOut } from "../shell/session.ts";
import { choice, type Choice as Theme } from "../shell/theme.ts";
import { Tokens } from "./Tokens.tsx";

const MAY = {
  viewer: "watches runs",
  operator: "watches runs and turns the dial",
  admin: "watches runs, turns the dial and makes tokens",
} as const;

const THEMES: readonly (readonly [Theme, string])[] = [
  ["auto", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export function SettingsPage() {
  useEffect(() => {
    document.title = "Settings · Rheostat";
  }, []);
  const who = session.value;
  return (
    <section class="page settings" data-testid="page-settings">
      <div class="page-head">
        <h1>Settings</h1>
      </div>
      <section class="card" aria-label="This browser">
        <div class="card-head">
          <h2>This browser</h2>
          <button type="button" class="button small" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
        {who && (
          <p>
            Signed in as <strong>{who.name || who.role}</strong>: {who.role}, {MAY[who.role]}
            {who.run ? " (one run, through a link)" : who.project ? ` of project ${who.project}` : ""}.
          </p>
        )}
        <p class="setting">
          <span class="muted">Theme</span>
          <Choice
            label="Theme"
            options={THEMES}
            value={choice.value}
            choose={(theme) => (choice.value = theme)}
          />
        </p>
        <p class="muted">Rheostat {who?.version}</p>
      </section>
      {isAdmin.value && <Tokens />}
    </section>
  );
}
