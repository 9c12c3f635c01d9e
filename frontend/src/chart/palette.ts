/** The colours of charts, read from the same custom properties that style the page. */

import { computed } from "@preact/signals";
import { shownTheme } from "../shell/theme.ts";

export interface Palette {
  surface: string;
  ink: string;
  muted: string;
  grid: string;
  axis: string;
  plan: string;
  override: string;
  overrideTint: string;
  metric: string;
  bad: string;
  /** A schedule held against a run. */
  rival: string;
  /** One colour for each param group, used in order and over again. */
  groups: readonly string[];
}

const GROUPS = ["--lr-1", "--lr-2", "--lr-3", "--lr-4", "--lr-5", "--lr-6"];

/** The chart library wants plain colours; a computed `color` is one, a custom property need not be. */
function read(): Palette {
  const probe = document.createElement("i");
  document.body.append(probe);
  const value = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = colours(value);
  probe.remove();
  return found;
}

function colours(value: (name: string) => string): Palette {
  return {
    surface: value("--surface"),
    ink: value("--ink"),
    muted: value("--muted"),
    grid: value("--grid"),
    axis: value("--line-strong"),
    plan: value("--plan"),
    override: value("--lit"),
    overrideTint: value("--lit-tint-chart"),
    metric: value("--metric"),
    bad: value("--bad"),
    rival: value("--lr-3"),
    groups: GROUPS.map(value),
  };
}

/** Follows the theme. */
export const palette = computed<Palette>(() => {
  void shownTheme.value;
  return read();
});
