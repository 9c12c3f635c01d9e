/** What is marked on the run's chart: overrides, annotations, values that are no numbers, the present. Pure. */

import { brief, labelled } from "../annotations/list.ts";
import { escaped } from "../chart/layout.ts";
import type { Scene } from "./figure.ts";
import { type Span, tinted } from "./spans.ts";
import type { Line } from "./traces.ts";

/** Room that the label of an annotation takes, as a share of the steps in view. */
const LABEL_SHARE = 0.16;
const LABEL_LENGTH = 24;

/** NaN and inf have no place on the axis, so they stand at its upper edge. */
export function markTraces(scene: Scene): Line[] {
  const marks = scene.metric === null ? [] : (scene.series[scene.metric]?.marks ?? []);
  if (marks.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      x: marks.map((mark) => mark.step),
      y: marks.map(() => 0.95),
      customdata: marks.map((mark) => `${scene.metric} is ${mark.value}`),
      name: `${scene.metric} not finite`,
      marker: { symbol: "x-thin", size: 9, line: { width: 2, color: scene.palette.bad } },
      xaxis: "x",
      yaxis: "y3",
    },
  ];
}

export function overrideTraces(scene: Scene): Line[] {
  if (scene.spans.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      x: scene.spans.map((span) => span.first),
      y: scene.spans.map(() => 1),
      customdata: scene.spans.map(spanText),
      name: "override",
      cliponaxis: false,
      marker: { symbol: "triangle-down", size: 10, color: scene.palette.override },
      xaxis: "x",
      yaxis: "y4",
    },
  ];
}

function spanText(span: Span): string {
  const who = span.who ? ` by ${span.who}` : "";
  const why = span.why ? ` (${span.why})` : "";
  return `${span.text}${who}${why}`;
}

export function tints(scene: Scene): object[] {
  return tinted(scene.spans, scene.step).map(([first, last]) => ({
    ...(last === scene.step ? { grows: "end" } : {}),
    type: "rect",
    layer: "below",
    xref: "x",
    yref: "paper",
    x0: first,
    x1: last,
    y0: 0,
    y1: 1,
    fillcolor: scene.palette.overrideTint,
    line: { width: 0 },
  }));
}

export function nowLine(scene: Scene): object[] {
  if (scene.step === 0) return [];
  const line = { color: scene.palette.muted, width: 1, dash: "1px,3px" };
  const place = { xref: "x", yref: "paper", x0: scene.step, x1: scene.step, y0: 0, y1: 1 };
  return [{ grows: "moves", type: "line", ...place, line }];
}

/** A flag over the metric at each annotation; its words beside it where there is room. */
export function annotationTraces(scene: Scene): Line[] {
  const [first, last] = scene.range;
  const notes = scene.annotations.filter((note) => note.step >= first && note.step <= last);
  if (notes.length === 0) return [];
  const steps = notes.map((note) => note.step);
  const shown = labelled(steps, (last - first) * LABEL_SHARE);
  return [
    {
      type: "scatter",
      mode: "markers+text",
      x: steps,
      y: notes.map(() => 1),
      text: notes.map((note, at) => (shown[at] ? escaped(brief(note.text, LABEL_LENGTH)) : "")),
      textposition: notes.map((note) =>
        note.step > first + 0.8 * (last - first) ? "middle left" : "middle right",
      ),
      textfont: { size: 11.5, color: scene.palette.ink },
      customdata: notes.map((note) => brief(note.text, 160)),
      name: "note",
      cliponaxis: false,
      marker: { symbol: "diamond", size: 9, color: scene.palette.ink },
      xaxis: "x",
      yaxis: "y3",
    },
  ];
}

export function annotationLines(scene: Scene): object[] {
  const line = { color: scene.palette.ink, width: 1, dash: "2px,3px" };
  return scene.annotations.map(({ step }) => ({
    type: "line",
    layer: "below",
    xref: "x",
    yref: "paper",
    x0: step,
    x1: step,
    y0: 0,
    y1: 1,
    opacity: 0.45,
    line,
  }));
}

/** The step whose values are spelled out under the chart. */
export function pickedLine(scene: Scene): object[] {
  if (scene.picked === null) return [];
  const line = { color: scene.palette.ink, width: 1 };
  return [{ type: "line", xref: "x", yref: "paper", x0: scene.picked, x1: scene.picked, y0: 0, y1: 1, line }];
}
