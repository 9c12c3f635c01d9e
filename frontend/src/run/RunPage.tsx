/** One run: its numbers, its lr over its loss, and the dial. */

import "../style/run.css";
import "../style/panels.css";
import "../style/notes.css";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Alerts } from "../alerts/Alerts.tsx";
import { followAlerts } from "../alerts/store.ts";
import { Annotations } from "../annotations/Annotations.tsx";
import { openAnnotations } from "../annotations/store.ts";
import { warmUp } from "../chart/plotly.ts";
import { Dial } from "../dial/Dial.tsx";
import { createDial } from "../dial/store.ts";
import { resting } from "../lib/resting.ts";
import { phone } from "../lib/screen.ts";
import { StateMark } from "../runs/StateMark.tsx";
import { fetched } from "../shell/fetched.tsx";
import { mayControl } from "../shell/session.ts";
import { Failure, Loading, NotFound } from "../shell/states.tsx";
import { About } from "./About.tsx";
import { keepAddress } from "./address.ts";
import { Banner } from "./Banner.tsx";
import { CommandLog } from "./CommandLog.tsx";
import { Panels } from "./Panels.tsx";
import { createPicked } from "./picked.ts";
import { Resume } from "./Resume.tsx";
import { createRival, fromHash } from "./rival.ts";
import { RunChart } from "./RunChart.tsx";
import { Stats } from "./Stats.tsx";
import { createScene } from "./scene.ts";
import { inForce, namesFor, type RunState } from "./state.ts";
import { openRun, type RunStore } from "./store.ts";

const Shares = fetched(null, () => import("../access/Shares.tsx").then((module) => module.Shares));

export function RunPage({ id }: { id: string }) {
  const store = useMemo(() => openRun(id), [id]);
  const dial = useMemo(() => createDial(id, store), [id, store]);
  const annotations = useMemo(() => openAnnotations(id), [id]);
  const picked = useMemo(() => createPicked(id, () => allNames(store)), [id, store]);
  const rival = useMemo(() => createRival(store, fromHash(location.hash)), [store]);
  const scene = useMemo(
    () =>
      createScene(store, {
        annotations: annotations.all,
        picked: picked.step,
        axis: store.axis,
        forecast: dial.forecast,
        present: dial.present,
        rival: rival.curve,
      }),
    [store, dial, annotations, picked, rival],
  );
  useEffect(() => {
    warmUp();
    const stops = [followAlerts((run) => (run === id ? "" : null)), keepAddress(store, rival)];
    return () => {
      for (const stop of stops) stop();
      rival.close();
      picked.clear();
      annotations.close();
      dial.close();
      store.close();
    };
  }, [id, store, dial, annotations, picked, rival]);

  const state = store.state.value;
  if (state === null) return <Waiting id={id} store={store} />;
  return (
    <section class="page run" data-testid="page-run">
      <Title state={state} />
      <Heading state={state} />
      <Alerts run={id} />
      <Stats state={state} metric={store.metric.value} />
      <div class="run-columns">
        {!phone.value && <Resume state={state} dial={dial} />}
        <RunChart
          store={store}
          state={state}
          scene={scene}
          annotations={annotations}
          picked={picked}
          rival={rival}
        />
        {/* Who goes by Tab meets what is asked where it is seen: on a phone below the chart. */}
        {phone.value && <Resume state={state} dial={dial} />}
        <Dial state={state} dial={dial} />
        <div class="run-more">
          <Panels store={store} state={state} scene={scene} />
          <Annotations store={annotations} step={picked.step.value ?? state.detail.step} />
          <CommandLog run={state.detail} commands={state.commands} />
          <About state={state} />
        </div>
      </div>
    </section>
  );
}

/** Every series of the run, for what was logged at one step. */
function allNames(store: RunStore): string[] {
  const detail = store.state.peek()?.detail;
  return detail ? namesFor(detail, detail.metrics) : [];
}

function Waiting({ id, store }: { id: string; store: RunStore }) {
  useEffect(() => {
    document.title = "Run · Rheostat";
  }, []);
  if (store.missing.value)
    return (
      <NotFound what={`This server knows no run ${id}`}>
        <p>If its job has yet to begin, the run shows here as soon as it does.</p>
      </NotFound>
    );
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

const Heading = resting(Header, ({ state: { detail, commands } }: { state: RunState }) => [
  detail.id,
  detail.name,
  detail.project,
  detail.optimizer,
  detail.scheduler,
  detail.state,
  detail.overridden,
  commands,
]);

function Header({ state }: { state: RunState }) {
  const { name, project, optimizer, scheduler } = state.detail;
  const sharing = useSignal(false);
  return (
    <header class="run-heading">
      <h1>{name}</h1>
      <StateMark state={state.detail.state} testid="run-state" />
      <p class="muted">
        {project} · {optimizer}
        {scheduler ? ` · ${scheduler}` : ""}
      </p>
      <Banner state={state} />
      {mayControl.value && (
        <button
          type="button"
          class="button small share-button"
          data-testid="share-run"
          onClick={() => (sharing.value = true)}
        >
          Share
        </button>
      )}
      {sharing.value && <Shares run={state.detail.id} close={() => (sharing.value = false)} />}
    </header>
  );
}
