/** The chart of one metric in a panel of its own. Pure. */

import type { Series } from "../api/types.ts";
import { type Range, rangeFor, type Scale, steady } from "../chart/axis.ts";
import { besideAxis, type Figure, frame, valueAxis } from "../chart/layout.ts";
import { bulk } from "../chart/outliers.ts";
import type { Palette } from "../chart/palette.ts";
import { type Axis, laidOut, xAxis } from "./layout.ts";
import { type Smooth, smoothLine } from "./smooth.ts";
import { inView, metricLines } from "./traces.ts";

export interface PanelScene {
  palette: Palette;
  range: Range;
  step: number;
  name: string;
  series: Series;
  scale: Scale;
  smoothing: number;
  smooth: Smooth | null;
  clip: boolean;
  axis: Axis;
  /** The range drawn last, so that it rests. */
  before: Range | null;
}

/** Less room than the big chart has: the caption stands in the panel's own head. */
const MARGIN_TOP = 8;

export interface DrawnPanel {
  figure: Figure;
  shown: Range;
}

export function drawPanel(scene: PanelScene): DrawnPanel {
  const { palette, range, series } = scene;
  const smooth = smoothLine(series, scene.name, scene.smoothing, scene.smooth);
  const { lines, values } = metricLines(series, smooth, scene.name, palette.metric, "y");
  const seen = inView([values], range);
  const inner = scene.clip ? bulk(seen) : null;
  const kept = inner ? seen.filter((value) => value >= inner[0] && value <= inner[1]) : seen;
  const wanted = rangeFor(kept, scene.scale, false) ?? (scene.scale === "log" ? [-4, 0] : [0, 1]);
  const shown = steady(inner ? null : scene.before, wanted);
  const marks = markLine(scene);
  const base = frame(palette);
  const layout = {
    ...base,
    margin: { ...(base["margin"] as object), t: MARGIN_TOP },
    xaxis: { ...xAxis(palette, range, scene.axis), nticks: 5 },
    yaxis: { ...valueAxis(palette, scene.scale, shown), nticks: 4 },
    ...(marks.length > 0 ? { yaxis2: besideAxis("y") } : {}),
  };
  return { figure: laidOut({ traces: [...lines, ...marks], layout }, scene.axis), shown };
}

/** What is no number stands at the upper edge. */
function markLine({ series, name, palette }: PanelScene): object[] {
  if (series.marks.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      x: series.marks.map((mark) => mark.step),
      y: series.marks.map(() => 0.95),
      customdata: series.marks.map((mark) => `${name} is ${mark.value}`),
      name: `${name} not finite`,
      marker: { symbol: "x-thin", size: 9, line: { width: 2, color: palette.bad } },
      yaxis: "y2",
    },
  ];
}
