/** All runs, live: sorted, filtered, selected to compare, edited and archived in place. */

import "../style/row.css";
import "../style/runs.css";
import "../style/notes.css";
import { useEffect, useRef } from "preact/hooks";
import { followAlerts } from "../alerts/store.ts";
import { useKeys } from "../lib/keys.ts";
import { go } from "../shell/navigation.ts";
import { CopyButton, Snippet } from "../shell/Snippet.tsx";
import { useSpoken } from "../shell/speech.tsx";
import { Failure, Loading, ProblemText } from "../shell/states.tsx";
import { RunList } from "./RunList.tsx";
import { attachSnippet } from "./snippet.ts";
import {
  archive,
  archivedLast,
  checked,
  followRuns,
  load,
  problem,
  refused,
  rows,
  runs,
  show,
  shown,
} from "./store.ts";

export function RunsPage() {
  useEffect(() => {
    document.title = "Runs · Rheostat";
    const stops = [followRuns(), followAlerts(inRun)];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);

  return (
    <section class="page runs" data-testid="page-runs">
      <Content />
    </section>
  );
}

function inRun(id: string): string {
  return ` in ${runs.peek()?.find((run) => run.id === id)?.name ?? id}`;
}

function Content() {
  const all = runs.value;
  if (all === null) {
    return problem.value ? (
      <Failure problem={problem.value} retry={() => void load()} />
    ) : (
      <Loading what="the runs" />
    );
  }
  if (all.length === 0 && !shown.value.archived && archivedLast.value === null) return <Empty />;
  const { typed, archived } = shown.value;
  return (
    <>
      <div class="page-head">
        <h1>{archived ? "Archived runs" : "Runs"}</h1>
        <button
          type="button"
          class="button small toggle"
          aria-pressed={archived}
          onClick={() => show({ archived: !archived })}
        >
          archived
        </button>
        <Filter count={rows.value.length} of={all.length} />
      </div>
      <Selection />
      <Undo />
      {refused.value && (
        <div class="inline-problem" role="alert">
          <ProblemText problem={refused.value} />
          <button type="button" class="button small" onClick={() => (refused.value = null)}>
            Close
          </button>
        </div>
      )}
      <div class="run-list">
        <RunList />
        {rows.value.length === 0 && (
          <p class="muted pad">{typed ? `No run matches “${typed}”.` : "No run is archived."}</p>
        )}
      </div>
    </>
  );
}

/** What is selected, and what can be done with it. */
function Selection() {
  const spoken = useSpoken();
  const count = checked.value.length;
  if (count === 0) return null;
  const query = new URLSearchParams(checked.value.map((id) => ["run", id]));
  return (
    <div class="selection" ref={spoken}>
      <span>
        {count} selected{count === 1 ? ": select another to compare" : ""}
      </span>
      <button
        type="button"
        class="button primary"
        data-testid="compare"
        disabled={count < 2}
        onClick={() => go({ page: "compare" }, `?${query}`)}
      >
        Compare
      </button>
      <button type="button" class="button" onClick={() => (checked.value = [])}>
        Clear
      </button>
    </div>
  );
}

function Undo() {
  const spoken = useSpoken();
  const run = archivedLast.value;
  if (!run) return null;
  return (
    <div class="selection" ref={spoken} data-testid="undo">
      <span>Archived {run.name}. Nothing of it is lost.</span>
      <button type="button" class="button" onClick={() => void archive(run, false)}>
        Undo
      </button>
      <button type="button" class="button" onClick={() => (archivedLast.value = null)}>
        Close
      </button>
    </div>
  );
}

function Filter({ count, of }: { count: number; of: number }) {
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
  return (
    <label class="filter">
      <span class="muted">{count === of ? `${of} in all` : `${count} of ${of}`}</span>
      <input
        ref={field}
        type="search"
        placeholder="Filter by name, project, state or tag"
        aria-label="Filter runs"
        title="Key: /"
        value={shown.value.typed}
        onInput={(event) => show({ typed: event.currentTarget.value })}
      />
    </label>
  );
}

function Empty() {
  return (
    <div class="empty">
      <h1>No runs yet</h1>
      <p class="lead">
        Attach the agent to an optimizer, and its learning rate and loss appear here as they happen. Three
        lines do it:
      </p>
      <Snippet text={attachSnippet()} />
      <CopyButton text={() => attachSnippet()} label="Copy" />
      <p class="muted">
        Nothing at hand to train? <code>rheostat demo</code> starts two small runs on this machine.{" "}
        <CopyButton text={() => "rheostat demo"} label="Copy command" />
      </p>
    </div>
  );
}
