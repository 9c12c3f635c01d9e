/** The lines of the run's chart by name: groups to hide, to show alone, to have come forward. */

import { palette } from "../chart/palette.ts";
import type { SceneStore } from "./scene.ts";
import type { RunState } from "./state.ts";

interface Props {
  state: RunState;
  scene: SceneStore;
  /** The name of the schedule held against the run, null where there is none. */
  rival: string | null;
}

export function Legend({ state, scene, rival }: Props) {
  const colours = palette.value.groups;
  const { groups } = state.detail;
  const overridden = state.commands.some((command) => command.kind !== "release");
  return (
    <div class="legend">
      {groups.length > 1 ? (
        groups.map((group, index) => (
          <button
            type="button"
            key={group.name}
            class="legend-item"
            aria-pressed={!scene.hidden.value.has(group.name)}
            title="Click hides, double click shows it alone"
            onClick={() => scene.toggle(group.name)}
            onDblClick={() => scene.solo(group.name)}
            onPointerEnter={() => (scene.forward.value = group.name)}
            onPointerLeave={() => (scene.forward.value = null)}
            onFocus={() => (scene.forward.value = group.name)}
            onBlur={() => (scene.forward.value = null)}
          >
            <Stroke colour={colours[index % colours.length] as string} />
            {group.name}
          </button>
        ))
      ) : (
        <span class="legend-item">
          <Stroke colour={colours[0] as string} />
          lr
        </span>
      )}
      <span class="legend-item muted">
        <Stroke
          colour={groups.length > 1 ? "currentColor" : (colours[0] as string)}
          thin
          dashed={overridden}
        />
        plan
      </span>
      {rival && (
        <span class="legend-item muted">
          <Stroke colour={palette.value.rival} dashed />
          {rival}
        </span>
      )}
    </div>
  );
}

function Stroke({ colour, thin, dashed }: { colour: string; thin?: boolean; dashed?: boolean }) {
  return (
    <svg viewBox="0 0 20 8" width="20" height="8" aria-hidden="true">
      <path
        d="M1 4h18"
        stroke={colour}
        stroke-width={thin ? 1.5 : 2.5}
        stroke-dasharray={dashed ? "4 3" : ""}
      />
    </svg>
  );
}
