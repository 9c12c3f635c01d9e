/** Every command of the run: what, who, why, and what became of it. Newest first. */

import type { CommandRecord } from "../api/types.ts";
import { life, roundTrip } from "../dial/words.ts";
import { clock, exactTime } from "../lib/format.ts";

export function CommandLog({ commands }: { commands: readonly CommandRecord[] }) {
  return (
    <section class="card log" aria-label="Commands" data-testid="command-log">
      <div class="card-head">
        <h2>Commands</h2>
        <span class="muted">{commands.length > 0 ? commands.length : ""}</span>
      </div>
      {commands.length === 0 ? (
        <p class="muted">
          Nobody has turned the dial. Whatever is asked for will be listed here, with what became of it.
        </p>
      ) : (
        <ol>
          {commands.toReversed().map((command) => (
            <Entry key={command.id} command={command} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Entry({ command }: { command: CommandRecord }) {
  const { stage, text } = life(command);
  const trip = roundTrip(command);
  return (
    <li class={`entry ${command.active ? "active" : stage}`}>
      <span class="entry-mark" aria-hidden="true" />
      <div>
        <p>
          <strong>{command.text}</strong>
          {command.active && <span class="badge lit">in force</span>}
        </p>
        <p class="num">
          {text}
          {trip !== null && <span class="muted"> · {Math.round(trip)} ms</span>}
        </p>
        <p class="muted">
          <time title={exactTime(command.issued_at)}>{clock(command.issued_at)}</time>
          {command.issued_by && ` · ${command.issued_by}`}
          {command.request.reason && ` · “${command.request.reason}”`}
        </p>
      </div>
    </li>
  );
}
