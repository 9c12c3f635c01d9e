/** The designed curve as a chart. Pure. */

import type { Analysis, PreviewAnswer } from "../api/types.ts";
import { type Range, rangeFor, type Scale } from "../chart/axis.ts";
import { faded } from "../chart/colour.ts";
import { type Figure, frame, lrAxis, MARGIN, stepAxis, valueAxis } from "../chart/layout.ts";
import type { Palette } from "../chart/palette.ts";
import { bigJumps, jumpWords } from "./readouts.ts";

export interface Scene {
  palette: Palette;
  answer: PreviewAnswer | null;
  scale: Scale;
  /** The stretch zoomed to, null for the whole. */
  zoom: Range | null;
  /** Columns of pixels, to see which labels have room. */
  width: number;
}

const MOST_PARTS = 24;
const MOST_DROPS = 200;
const LABEL_PX = 7;
const LR_DOMAIN: Range = [0.42, 1];
const TRACE_DOMAIN: Range = [0, 0.33];

export function draw(scene: Scene): Figure {
  const { palette, answer, scale } = scene;
  const analysis = answer?.analysis ?? null;
  const range: Range = scene.zoom ?? [0, analysis?.total ?? 1];
  const values = rangeFor(answer?.y ?? [], scale, true) ?? (scale === "log" ? [-6, -3] : [0, 1e-3]);
  const parts = analysis ? partMarks(analysis, range, scene) : { shapes: [], annotations: [] };
  const beneath = answer && answer.traces.length > 0 ? traceBeneath(answer, range, palette) : null;
  const lr = lrAxis(palette, scale, values);
  return {
    traces: answer ? [...traces(answer, scene), ...(beneath?.traces ?? [])] : [],
    layout: {
      ...frame(palette),
      margin: { ...MARGIN, t: 30 },
      xaxis: { ...stepAxis(palette, range), ...(beneath ? { anchor: "y2" } : {}) },
      yaxis: beneath ? { ...lr, domain: LR_DOMAIN } : lr,
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
      hovertemplate: "%{y:.4g}",
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

function traces(answer: PreviewAnswer, { palette, scale }: Scene): object[] {
  const colour = palette.groups[0] ?? palette.ink;
  const curve = {
    type: "scatter",
    mode: "lines",
    x: answer.x,
    y: answer.y,
    name: "lr",
    line: { color: colour, width: 2.25 },
    hovertemplate: "%{y:.4e}",
    ...(scale === "linear" ? { fill: "tozeroy", fillcolor: faded(colour, 0.08) } : {}),
  };
  const jumps = answer.analysis ? bigJumps(answer.analysis) : [];
  if (jumps.length === 0) return [curve];
  return [
    curve,
    {
      type: "scatter",
      mode: "markers",
      x: jumps.map((jump) => jump.step),
      y: jumps.map((jump) => jump.after),
      text: jumps.map(jumpWords),
      name: "jump",
      hovertemplate: "%{text}",
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
