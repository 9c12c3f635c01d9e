/** Every command of the run: what, who, why, and what became of it. Newest first, filtered, as a file. */

import "../style/log.css";
import { useSignal } from "@preact/signals";
import type { CommandRecord } from "../api/types.ts";
import { life, roundTrip } from "../dial/words.ts";
import { clock, exactTime, lrBrief } from "../lib/format.ts";
import { resting } from "../lib/resting.ts";
import { saveText } from "../lib/save.ts";
import { asCsv, lrChange, matching } from "./audit.ts";

interface Props {
  run: { id: string; name: string };
  commands: readonly CommandRecord[];
}

export const CommandLog = resting(Log, ({ run, commands }: Props) => [run.id, run.name, commands]);

function Log({ run, commands }: Props) {
  const typed = useSignal("");
  const shown = matching(commands, typed.value);
  return (
    <section class="card log" aria-label="Commands" data-testid="command-log">
      <div class="card-head">
        <h2>Commands</h2>
        {commands.length > 0 && (
          <>
            <span class="muted">
              {shown.length === commands.length ? shown.length : `${shown.length} of ${commands.length}`}
            </span>
            <input
              type="search"
              class="log-filter"
              data-testid="log-filter"
              placeholder="Filter by who, what, why, state"
              aria-label="Filter commands"
              value={typed.value}
              onInput={(event) => (typed.value = event.currentTarget.value)}
            />
            <button
              type="button"
              class="button small"
              onClick={() => saveText(`${run.name}-commands.csv`, asCsv(shown), "text/csv")}
            >
              CSV
            </button>
            <button
              type="button"
              class="button small"
              onClick={() =>
                saveText(`${run.name}-commands.json`, JSON.stringify(shown, null, 1), "application/json")
              }
            >
              JSON
            </button>
          </>
        )}
      </div>
      {commands.length === 0 ? (
        <p class="muted">
          Nobody has turned the dial. Whatever is asked for will be listed here, with what became of it.
        </p>
      ) : (
        <ol>
          {shown.toReversed().map((command) => (
            <Entry key={command.id} command={command} />
          ))}
        </ol>
      )}
      {commands.length > 0 && shown.length === 0 && <p class="muted">No command matches “{typed.value}”.</p>}
    </section>
  );
}

function Entry({ command }: { command: CommandRecord }) {
  const { stage, text } = life(command);
  const trip = roundTrip(command);
  return (
    <li class={`entry ${command.active ? "active" : stage}`} data-testid="log-entry">
      <span class="entry-mark" aria-hidden="true" />
      <div>
        <p>
          <strong>{command.text}</strong>
          {command.active && <span class="badge lit">in force</span>}
        </p>
        <p class="num">
          {text}
          {trip !== null && <span class="muted"> · {Math.round(trip)} ms</span>}
          <Change command={command} />
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

/** The plan's lr and the one in use when the job applied it. */
function Change({ command }: { command: CommandRecord }) {
  const found = lrChange(command).filter(({ from, to }) => from !== to);
  if (found.length === 0) return null;
  return (
    <span class="entry-change muted">
      {found.map(({ group, from, to }) => (
        <span key={group}>
          {found.length > 1 && `${group} `}plan {lrBrief(from)} → {lrBrief(to)}
        </span>
      ))}
    </span>
  );
}
