/** One run: its numbers, its lr over its loss, and the dial. */

import { useEffect, useMemo } from "preact/hooks";
import { warmUp } from "../chart/plotly.ts";
import { Dial } from "../dial/Dial.tsx";
import { createDial } from "../dial/store.ts";
import { StateMark } from "../runs/StateMark.tsx";
import { Failure, Loading, NotFound } from "../shell/states.tsx";
import { About } from "./About.tsx";
import { Banner } from "./Banner.tsx";
import { CommandLog } from "./CommandLog.tsx";
import { RunChart } from "./RunChart.tsx";
import { Stats } from "./Stats.tsx";
import { createScene } from "./scene.ts";
import { inForce, type RunState } from "./state.ts";
import { openRun, type RunStore } from "./store.ts";

export function RunPage({ id }: { id: string }) {
  const store = useMemo(() => openRun(id), [id]);
  const dial = useMemo(() => createDial(id, store), [id, store]);
  const scene = useMemo(() => createScene(store, dial), [store, dial]);
  useEffect(() => {
    warmUp();
    return () => {
      dial.close();
      store.close();
    };
  }, [store, dial]);

  const state = store.state.value;
  if (state === null) return <Waiting id={id} store={store} />;
  return (
    <section class="page run" data-testid="page-run">
      <Title state={state} />
      <Heading state={state} />
      <Stats state={state} metric={store.metric.value} />
      <div class="run-columns">
        <RunChart store={store} state={state} scene={scene} />
        <Dial state={state} dial={dial} />
        <CommandLog commands={state.commands} />
        <About state={state} />
      </div>
    </section>
  );
}

function Waiting({ id, store }: { id: string; store: RunStore }) {
  useEffect(() => {
    document.title = "Run · Rheostat";
  }, []);
  if (store.missing.value) return <NotFound what={`This server knows no run ${id}`} />;
  if (store.problem.value) return <Failure problem={store.problem.value} retry={store.retry} />;
  return <Loading what="the run" />;
}

/** The tab's title: a mark while an override holds, so that nobody forgets it. */
function Title({ state }: { state: RunState }) {
  const { name } = state.detail;
  const held = inForce(state).length > 0 || state.detail.overridden;
  useEffect(() => {
    document.title = `${held ? "● override · " : ""}${name} · Rheostat`;
  }, [held, name]);
  return null;
}

function Heading({ state }: { state: RunState }) {
  const { name, project, optimizer, scheduler } = state.detail;
  return (
    <header class="run-heading">
      <h1>{name}</h1>
      <StateMark state={state.detail.state} testid="run-state" />
      <p class="muted">
        {project} · {optimizer}
        {scheduler ? ` · ${scheduler}` : ""}
      </p>
      <Banner state={state} />
    </header>
  );
}
