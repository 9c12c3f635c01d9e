/** Under the curve: its groups, the ghosts it is compared with, and what can be done with it as a whole. */

import type { ComponentChildren } from "preact";
import { palette } from "../chart/palette.ts";
import { ExportMenu } from "./ExportMenu.tsx";
import { groupColour, ownGroup } from "./figure.ts";
import { DASHES, type Ghost, GHOST_COLOURS, MOST_GHOSTS, pinned, renamed, without } from "./ghosts.ts";
import * as store from "./store.ts";

const MOST_BUTTONS = 8;
/** Dash patterns of the samples, as the chart draws them. */
const PATTERNS = { dash: "6 4", dot: "2 3", dashdot: "6 3 2 3", longdash: "10 4" } as const;

export function Legend() {
  return (
    <div class="curve-legend">
      <Groups />
      {store.ghosts.value.map((ghost, index) => (
        <GhostEntry key={ghost.colour} ghost={ghost} index={index} />
      ))}
      <span class="legend-tools">
        <button
          type="button"
          class="button small"
          disabled={store.ghosts.value.length >= MOST_GHOSTS}
          title={
            store.ghosts.value.length >= MOST_GHOSTS ? "Four curves are pinned: remove one first" : undefined
          }
          onClick={() => (store.ghosts.value = pinned(store.ghosts.value, store.draft.value))}
        >
          Pin curve
        </button>
        <ExportMenu />
      </span>
    </div>
  );
}

function Sample({ colour, dash }: { colour: string | undefined; dash?: string }) {
  return (
    <svg viewBox="0 0 24 8" width="24" height="8" aria-hidden="true">
      <path d="M1 4h22" stroke={colour} stroke-width="2.25" stroke-dasharray={dash} />
    </svg>
  );
}

function Entry({ children }: { children: ComponentChildren }) {
  return <span class="legend-entry">{children}</span>;
}

function GhostEntry({ ghost, index }: { ghost: Ghost; index: number }) {
  const dash = PATTERNS[DASHES[ghost.colour] ?? "dash"];
  return (
    <Entry>
      <Sample colour={palette.value.groups[GHOST_COLOURS[ghost.colour] ?? 1]} dash={dash} />
      <input
        class="ghost-name"
        aria-label={`Name of pinned curve ${index + 1}`}
        value={ghost.name}
        size={Math.max(3, ghost.name.length)}
        maxLength={40}
        onInput={(event) => {
          store.ghosts.value = renamed(store.ghosts.value, index, event.currentTarget.value);
        }}
      />
      <button
        type="button"
        class="icon-button"
        aria-label={`Edit pinned curve ${ghost.name}`}
        title="Put this design into the editor"
        onClick={() => {
          const { text, base, total, epoch } = ghost;
          store.change({ text, base, total, epoch });
        }}
      >
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path
            d="m3 13 .6-2.8L10.8 3 13 5.2l-7.2 7.2z"
            fill="none"
            stroke="currentColor"
            stroke-width="1.4"
          />
        </svg>
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={`Remove pinned curve ${ghost.name}`}
        onClick={() => (store.ghosts.value = without(store.ghosts.value, index))}
      >
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d="m4 4 8 8m0-8-8 8" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
    </Entry>
  );
}

/** The groups of the text: the chosen one is the one that is read off and dragged. */
function Groups() {
  const answer = store.charted.value;
  if (!answer || answer.groups.length === 0) return null;
  const own = ownGroup(answer);
  if (answer.groups.length > MOST_BUTTONS) {
    return (
      <select
        class="quiet"
        aria-label="Param group"
        value={own ?? ""}
        onChange={(event) => (store.group.value = event.currentTarget.value)}
      >
        {answer.groups.map((group) => (
          <option key={group} value={group}>
            {group}
          </option>
        ))}
      </select>
    );
  }
  return (
    <fieldset class="legend-groups" aria-label="Param group">
      {answer.groups.map((group) => (
        <button
          key={group}
          type="button"
          class="legend-entry"
          aria-pressed={group === own}
          onClick={() => (store.group.value = group)}
        >
          <Sample colour={groupColour(palette.value, answer.groups, group)} />
          {group}
        </button>
      ))}
    </fieldset>
  );
}
