/** The metrics beside the main one, a panel each, by themselves: pinned, moved, hidden at will. */

import { useRef } from "preact/hooks";
import type { Range, Scale } from "../chart/axis.ts";
import { Chart } from "../chart/Chart.tsx";
import { palette } from "../chart/palette.ts";
import * as format from "../lib/format.ts";
import { shownTheme } from "../shell/theme.ts";
import { exactAt } from "./exact.ts";
import { placeWords } from "./layout.ts";
import { arrangement, clip, logged, smoothing, stepTokens } from "./options.ts";
import { arranged, hide, move, pin, show } from "./panels.ts";
import { drawPanel } from "./panel.ts";
import type { SceneStore } from "./scene.ts";
import { drawn, type RunState, stampOf } from "./state.ts";
import type { RunStore } from "./store.ts";
import { NOWHERE } from "./traces.ts";
import { follow, moveTo, zoomTo } from "./view.ts";

interface Props {
  store: RunStore;
  state: RunState;
  scene: SceneStore;
}

export function Panels({ store, state, scene }: Props) {
  const { shown, hidden } = arranged(state.detail.metrics, store.metric.value, arrangement.value);
  if (shown.length + hidden.length === 0) return null;
  return (
    <section class="panels" aria-label="Other metrics" data-testid="panels">
      {shown.map((name) => (
        <Panel key={name} name={name} shown={shown} store={store} state={state} scene={scene} />
      ))}
      {hidden.length > 0 && (
        <p class="panels-hidden muted">
          Hidden:
          {hidden.map((name) => (
            <button
              type="button"
              key={name}
              class="button small"
              onClick={() => (arrangement.value = show(arrangement.value, name))}
            >
              Show {name}
            </button>
          ))}
        </p>
      )}
    </section>
  );
}

interface PanelProps extends Props {
  name: string;
  shown: readonly string[];
}

function Panel({ name, shown, store, state, scene }: PanelProps) {
  const scale: Scale = logged.value.includes(name) ? "log" : "linear";
  const range = store.range.value;
  const axis = store.axis.value;
  const series = state.series[name];
  const rested = useRef<{ key: string; shown: Range | null }>({ key: "", shown: null });
  const figure = () => {
    const key = `${store.range.peek()} ${scale}`;
    const made = drawPanel({
      palette: palette.peek(),
      range: store.range.peek(),
      step: state.detail.step,
      name,
      series: drawn(state)[name] ?? NOWHERE,
      scale,
      smoothing: smoothing.peek(),
      smooth: state.smooth,
      clip: clip.peek(),
      axis: store.axis.peek(),
      before: rested.current.key === key ? rested.current.shown : null,
    });
    rested.current = { key, shown: made.shown };
    return made.figure;
  };
  const urgent = [
    range,
    scale,
    stepTokens.value,
    smoothing.value,
    stampOf(state),
    clip.value,
    axis.kind,
    shownTheme.value,
  ].join("|");
  return (
    <section class="card panel" aria-label={name} data-testid={`panel-${name}`}>
      <PanelHead name={name} shown={shown} store={store} value={series?.y.at(-1)}>
        <button
          type="button"
          class="button small toggle"
          aria-pressed={scale === "log"}
          title={`Logarithmic ${name} axis`}
          onClick={() =>
            (logged.value =
              scale === "log" ? logged.value.filter((one) => one !== name) : [...logged.value, name])
          }
        >
          log
        </button>
      </PanelHead>
      <Chart
        figure={figure}
        version={state}
        urgentKey={urgent}
        live={{ span: range[1] - range[0], rate: state.detail.rate ?? 0 }}
        label={`${name} by step`}
        testid={`panel-chart-${name}`}
        events={{
          zoom: (from, to) =>
            (store.view.value = zoomTo(store.view.value, axis.place.from(from), axis.place.from(to))),
          move: ([from, to]) =>
            (store.view.value = moveTo(store.view.value, [axis.place.from(from), axis.place.from(to)])),
          reset: () => (store.view.value = follow(store.view.value)),
        }}
        cursor={scene.cursor}
        place={(x) => placeWords(axis, x)}
        exact={(x, signal) => exactAt(state.detail.id, [name], false, Math.round(axis.place.from(x)), signal)}
      />
    </section>
  );
}

interface HeadProps {
  name: string;
  shown: readonly string[];
  store: RunStore;
  value: number | undefined;
  children: preact.ComponentChildren;
}

function PanelHead({ name, shown, store, value, children }: HeadProps) {
  const by = arrangement.value;
  const pinned = by.pinned.includes(name);
  const at = shown.indexOf(name);
  const button = (label: string, sign: string, act: () => void, disabled = false) => (
    <button
      type="button"
      class="sign-button"
      aria-label={`${label} ${name}`}
      title={label}
      disabled={disabled}
      onClick={act}
    >
      {sign}
    </button>
  );
  return (
    <div class="panel-head">
      <button
        type="button"
        class="panel-name"
        title="Show under the lr"
        onClick={() => (store.chosenMetric.value = name)}
      >
        {name}
      </button>
      <span class="num muted">{format.metric(value)}</span>
      <span class="panel-buttons">
        {children}
        <button
          type="button"
          class="button small toggle"
          aria-pressed={pinned}
          onClick={() => (arrangement.value = pin(by, name))}
        >
          {pinned ? "pinned" : "pin"}
        </button>
        {button("Earlier", "←", () => (arrangement.value = move(by, shown, name, -1)), at === 0)}
        {button("Later", "→", () => (arrangement.value = move(by, shown, name, 1)), at === shown.length - 1)}
        {button("Hide", "×", () => (arrangement.value = hide(by, name)))}
      </span>
    </div>
  );
}
