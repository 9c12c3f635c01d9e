/** The run went on from a checkpoint under another plan: both lrs at that step, and what may be done about it. */

import { signal } from "@preact/signals";
import type { ResumeChoice } from "../api/types.ts";
import type { DialStore } from "../dial/store.ts";
import { count, lrExact } from "../lib/format.ts";
import { mayControl } from "../shell/session.ts";
import { CHOICE_WORDS, isAnswered, lrRows } from "./resume.ts";
import type { RunState } from "./state.ts";

/** Resumes that somebody of this page chose to follow, as `run:step`. */
const settled = signal<readonly string[]>([]);

export function Resume({ state, dial }: { state: RunState; dial: DialStore }) {
  const { resume, id } = state.detail;
  if (!resume || isAnswered(resume, state.commands)) return null;
  const key = `${id}:${resume.step}`;
  if (settled.value.includes(key)) return null;
  return (
    <section class="card resume" aria-label="Resumed under another plan" data-testid="resume">
      <div class="resume-words">
        <h2>Resumed at step {count(resume.step)} under another plan</h2>
        <table class="num">
          <thead>
            <tr>
              <th>lr at that step</th>
              <th>old plan</th>
              <th>new plan</th>
            </tr>
          </thead>
          <tbody>
            {lrRows(resume).map(({ group, before, after }) => (
              <tr key={group}>
                <td>{group}</td>
                <td>{lrExact(before)}</td>
                <td>{lrExact(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="resume-choices">
        {resume.choices.map((choice) => (
          <Option
            key={choice.name}
            choice={choice}
            choose={() => {
              if (choice.command) dial.arm(choice.command);
              else settled.value = [...settled.value, key];
            }}
          />
        ))}
      </ul>
    </section>
  );
}

function Option({ choice, choose }: { choice: ResumeChoice; choose: () => void }) {
  const words = CHOICE_WORDS[choice.name];
  const possible = choice.command !== null || choice.name === "follow";
  return (
    <li>
      <button
        type="button"
        class="button"
        data-testid={`resume-${choice.name}`}
        disabled={!possible || (choice.command !== null && !mayControl.value)}
        onClick={choose}
      >
        {words.title}
      </button>
      <span class="muted">{choice.why || words.says}</span>
    </li>
  );
}
