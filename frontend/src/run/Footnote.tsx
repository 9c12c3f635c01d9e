/** Under the run's chart: how many of the points it shows, what it leaves out, and the view to take away. */

import { palette } from "../chart/palette.ts";
import { picture } from "../chart/plotly.ts";
import { count } from "../lib/format.ts";
import { resting } from "../lib/resting.ts";
import { saveAddress } from "../lib/save.ts";
import { CopyButton } from "../shell/Snippet.tsx";
import type { SceneStore } from "./scene.ts";
import type { RunState } from "./state.ts";
import type { RunStore } from "./store.ts";

const WIDTH = 1200;
const HEIGHT = 720;

interface Props {
  store: RunStore;
  state: RunState;
  scene: SceneStore;
  /** Open or close the choice of a design to compare with. */
  compare: () => void;
}

export function Footnote(props: Props) {
  return (
    <div class="footnote">
      <Points {...props} />
      <Take {...props} />
    </div>
  );
}

/** The view as a picture and as a link, and a design beside it. */
const Take = resting(Taking, ({ state, scene }: Props) => [state.detail.name, scene]);

function Taking({ state, scene, compare }: Props) {
  const save = async (): Promise<void> => {
    const { traces, layout } = scene.figure();
    const ground = { ...layout, paper_bgcolor: palette.peek().surface };
    const address = await picture({ traces, layout: ground }, "png", WIDTH, HEIGHT);
    saveAddress(`${state.detail.name}.png`, address);
  };
  return (
    <span class="take">
      <button type="button" class="button small" data-testid="rival" onClick={compare}>
        Compare with a design
      </button>
      <CopyButton text={() => location.href} label="Copy link" />
      <button type="button" class="button small" onClick={() => void save()}>
        PNG
      </button>
    </span>
  );
}

function Points({ store, state, scene }: Props) {
  const metric = store.metric.value;
  const shown = scene.shown.value;
  const clipped = scene.clipped.value;
  const all = state.fine?.series[metric ?? ""] ?? state.series[metric ?? ""];
  const why = state.detail.plan.origin === "none" ? state.detail.plan.why : "";
  const thinned = all !== undefined && shown < all.total;
  return (
    <p class="muted" data-testid="chart-footnote">
      {all && all.total > 0 && (
        <span>
          Showing {count(shown)} of {count(Math.max(shown, all.total))} points of {metric}
          {thinned ? " (least and greatest of each column); zoom for more" : ""}.
        </span>
      )}
      {clipped > 0 && (
        <strong>
          {" "}
          {count(clipped)} {clipped === 1 ? "point lies" : "points lie"} beyond the clipped axis.
        </strong>
      )}
      {why && <span> The plan ahead is unknown: {why}</span>}
    </p>
  );
}
