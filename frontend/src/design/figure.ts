/** The designed curve as a chart. Pure. */

import type { Analysis, PreviewAnswer } from "../api/types.ts";
import { type Range, rangeFor } from "../chart/axis.ts";
import { faded } from "../chart/colour.ts";
import { type Figure, frame, lrAxis, stepAxis, valueAxis } from "../chart/layout.ts";
import type { Palette } from "../chart/palette.ts";
import { DASHES, GHOST_COLOURS } from "./ghosts.ts";
import { bigJumps, jumpWords } from "./readouts.ts";
import { ticksIn, type Unit } from "./units.ts";
import { MARGINS, type View } from "./view.ts";

/** A pinned curve, as far as it is drawn. */
export interface GhostCurve {
  name: string;
  colour: number;
  x: readonly number[];
  y: readonly number[];
  total: number;
}

export interface Scene {
  palette: Palette;
  answer: PreviewAnswer | null;
  ghosts: readonly GhostCurve[];
  view: View;
  unit: Unit;
  /** Columns of pixels, to see which labels have room. */
  width: number;
}

const MOST_PARTS = 24;
const MOST_DROPS = 200;
const LABEL_PX = 7;
const TRACE_DOMAIN: Range = [0, 0.33];

export function draw(scene: Scene): Figure {
  const { palette, answer, view } = scene;
  const analysis = answer?.analysis ?? null;
  const range = view.x;
  const parts = analysis ? partMarks(analysis, range, scene) : { shapes: [], annotations: [] };
  const beneath = answer && answer.traces.length > 0 ? traceBeneath(answer, range, palette) : null;
  // The labels stand clear of the handles at step 0.
  const lr = { ...lrAxis(palette, view.scale, view.y), ticklabelstandoff: 6 };
  const ticks = ticksIn(answer, scene.unit, range, scene.width - 80);
  return {
    traces: answer ? [...traces(answer, scene), ...(beneath?.traces ?? [])] : [],
    layout: {
      ...frame(palette),
      margin: MARGINS,
      xaxis: { ...stepAxis(palette, range), ...(beneath ? { anchor: "y2" } : {}), ...(ticks ?? {}) },
      yaxis: beneath ? { ...lr, domain: view.domain } : lr,
      ...(beneath ? { yaxis2: beneath.axis } : {}),
      shapes: [...parts.shapes, ...(beneath?.drops ?? [])],
      annotations: parts.annotations,
    },
  };
}

interface Beneath {
  traces: object[];
  axis: object;
  drops: object[];
}

/** What the plateaus saw, in a panel of its own, with a line at each drop. */
function traceBeneath(answer: PreviewAnswer, range: Range, palette: Palette): Beneath {
  const [first, last] = range;
  const values = rangeFor(
    answer.traces.flatMap(({ y }) => y),
    "linear",
    false,
  ) ?? [0, 1];
  const line = { color: palette.muted, width: 1, dash: "dot" };
  return {
    traces: answer.traces.map(({ metric, x, y }) => ({
      type: "scatter",
      mode: x.length < 40 ? "lines+markers" : "lines",
      x,
      y,
      name: metric,
      yaxis: "y2",
      line: { color: palette.metric, width: 1.5 },
      marker: { size: 5 },
    })),
    axis: { ...valueAxis(palette, "linear", values), domain: TRACE_DOMAIN, nticks: 4 },
    drops: answer.drops
      .filter((step) => step >= first && step <= last)
      .slice(0, MOST_DROPS)
      .map((step) => ({
        type: "line",
        xref: "x",
        yref: "y2 domain",
        x0: step,
        x1: step,
        y0: 0,
        y1: 1,
        line,
      })),
  };
}

/** The colour of a group: its place among all groups of the text. */
export function groupColour(palette: Palette, groups: readonly string[], group: string | null): string {
  const at = group === null ? 0 : Math.max(0, groups.indexOf(group));
  return palette.groups[at % palette.groups.length] ?? palette.ink;
}

/** The group whose curve is the answer's own, null where the text has none. */
export function ownGroup(answer: PreviewAnswer): string | null {
  const others = new Set(answer.curves.map(({ group }) => group));
  return answer.groups.find((group) => !others.has(group)) ?? null;
}

function beside(answer: PreviewAnswer, { palette, ghosts }: Scene): object[] {
  const line = (name: string, x: readonly number[], y: readonly number[], style: object): object => ({
    type: "scatter",
    mode: "lines",
    x,
    y,
    name,
    line: style,
  });
  return [
    ...ghosts.map(({ name, colour, x, y }) =>
      line(name, x, y, {
        color: palette.groups[GHOST_COLOURS[colour] ?? 1],
        width: 1.5,
        dash: DASHES[colour],
      }),
    ),
    ...answer.curves.map(({ group, x, y }) =>
      line(group, x, y, { color: groupColour(palette, answer.groups, group), width: 1.5 }),
    ),
  ];
}

function traces(answer: PreviewAnswer, scene: Scene): object[] {
  const { palette, view } = scene;
  const own = ownGroup(answer);
  const colour = groupColour(palette, answer.groups, own);
  const curve = {
    type: "scatter",
    mode: "lines",
    x: answer.x,
    y: answer.y,
    name: own ?? "lr",
    line: { color: colour, width: 2.25 },
    ...(view.scale === "linear" ? { fill: "tozeroy", fillcolor: faded(colour, 0.08) } : {}),
  };
  const jumps = answer.analysis ? bigJumps(answer.analysis) : [];
  const lines = [...beside(answer, scene), curve];
  if (jumps.length === 0) return lines;
  return [
    ...lines,
    {
      type: "scatter",
      mode: "markers",
      x: jumps.map((jump) => jump.step),
      y: jumps.map((jump) => jump.after),
      customdata: jumps.map(jumpWords),
      name: "jump",
      marker: { symbol: "diamond-open", size: 10, color: palette.override, line: { width: 2 } },
    },
  ];
}

/** A faint line where a part begins, and its name over it where there is room. */
function partMarks(
  analysis: Analysis,
  range: Range,
  scene: Scene,
): { shapes: object[]; annotations: object[] } {
  if (analysis.parts.length > MOST_PARTS) return { shapes: [], annotations: [] };
  const { palette } = scene;
  const [first, last] = range;
  const perPixel = (last - first) / Math.max(1, scene.width - 80);
  const seen = analysis.parts.filter((part) => part.end > first && part.start < last);
  const line = { color: palette.grid, width: 1 };
  return {
    shapes: seen
      .filter((part) => part.start > first)
      .map(({ start }) => ({
        type: "line",
        layer: "below",
        xref: "x",
        yref: "paper",
        x0: start,
        x1: start,
        y0: 0,
        y1: 1,
        line,
      })),
    annotations: seen
      .map((part) => ({ ...part, left: Math.max(first, part.start), right: Math.min(last, part.end) }))
      .map((part) => ({ ...part, label: fitting(part.label, (part.right - part.left) / perPixel) }))
      .filter((part) => part.label !== "")
      .map((part) => ({
        text: part.label,
        xref: "x",
        yref: "paper",
        x: (part.left + part.right) / 2,
        y: 1,
        yanchor: "bottom",
        yshift: 4,
        showarrow: false,
        font: { size: 12, color: palette.muted },
      })),
  };
}

/** The label, or its first word, or nothing, by the room there is. */
function fitting(label: string, pixels: number): string {
  const [word = ""] = label.split(/[\s(]/);
  return [label, word].find((text) => text.length * LABEL_PX + 10 < pixels) ?? "";
}
