/** All runs, live. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Problem, RunSummary } from "../api/types.ts";
import { listen } from "../live/socket.ts";
import { CopyButton, Snippet } from "../shell/Snippet.tsx";
import { Failure, Loading } from "../shell/states.tsx";
import { filtered, sorted, withRun } from "./list.ts";
import { RunRow } from "./RunRow.tsx";
import { attachSnippet } from "./snippet.ts";

const runs = signal<readonly RunSummary[] | null>(null);
const problem = signal<Problem | null>(null);
const typed = signal("");

async function load(): Promise<void> {
  try {
    runs.value = sorted((await api.runs()).runs);
    problem.value = null;
  } catch (error) {
    problem.value = problemFrom(error);
  }
}

export function RunsPage() {
  useEffect(() => {
    document.title = "Runs · Rheostat";
    typed.value = new URLSearchParams(location.search).get("q") ?? "";
    void load();
    return listen((message) => {
      if (message.type === "hello") void load();
      if (message.type === "run" && runs.value) runs.value = withRun(runs.value, message.run);
    });
  }, []);

  return (
    <section class="page runs" data-testid="page-runs">
      <Content />
    </section>
  );
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
  if (all.length === 0) return <Empty />;
  const shown = filtered(all, typed.value);
  return (
    <>
      <div class="page-head">
        <h1>Runs</h1>
        <Filter count={shown.length} of={all.length} />
      </div>
      <div class="run-list">
        <div class="run-row run-head" aria-hidden="true">
          {["Run", "State", "Step", "lr", "Metric", "", "Heard"].map((title) => (
            <span key={title}>{title}</span>
          ))}
        </div>
        <ul aria-label="Runs, newest first">
          {shown.map((run) => (
            <li key={run.id}>
              <RunRow run={run} />
            </li>
          ))}
        </ul>
        {shown.length === 0 && <p class="muted pad">No run matches “{typed.value}”.</p>}
      </div>
    </>
  );
}

function Filter({ count, of }: { count: number; of: number }) {
  function change(value: string): void {
    typed.value = value;
    const address = new URL(location.href);
    if (value) address.searchParams.set("q", value);
    else address.searchParams.delete("q");
    history.replaceState(null, "", address);
  }
  return (
    <label class="filter">
      <span class="muted">{count === of ? `${of} in all` : `${count} of ${of}`}</span>
      <input
        type="search"
        placeholder="Filter by name, project or state"
        aria-label="Filter runs"
        value={typed.value}
        onInput={(event) => change(event.currentTarget.value)}
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
        Nothing at hand to train? <code>rheostat demo</code> starts two small runs on this machine.
      </p>
    </div>
  );
}
