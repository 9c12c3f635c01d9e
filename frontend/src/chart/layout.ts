/** What all charts have in common: margins, type, grid, and the options of the library. */

import type { Range, Scale } from "./axis.ts";
import type { Palette } from "./palette.ts";
import { lrTicks } from "./ticks.ts";

export interface Figure {
  traces: object[];
  layout: Record<string, unknown>;
}

export const MARGIN = { l: 56, r: 28, t: 24, b: 36 } as const;
export const FONT =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

/** No mode bar, no logo, nothing that could leave the machine; zoom and reset are our own buttons. */
export const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  doubleClick: false,
  scrollZoom: false,
  responsive: false,
  showTips: false,
} as const;

/** The part of a layout that does not depend on the data. */
export function frame(palette: Palette): Record<string, unknown> {
  return {
    margin: MARGIN,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: FONT, size: 12, color: palette.muted },
    showlegend: false,
    hovermode: false,
    dragmode: "zoom",
    uirevision: "kept",
    separators: ".,",
  };
}

/** The library reads a little HTML in its words; what people wrote must stay text. */
export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** The name of what is drawn, over the part `domain` of a chart's height. */
export function caption(text: string, domain: Range, palette: Palette): object {
  return {
    text: escaped(text),
    xref: "paper",
    yref: "paper",
    x: 0,
    y: domain[1],
    xanchor: "left",
    yanchor: "bottom",
    yshift: 4,
    showarrow: false,
    font: { size: 12, color: palette.muted },
  };
}

/** Without this the library measures every label at each drawing; our margins have room for all of them. */
const WHOLE_LABELS = { ticklabeloverflow: "allow" } as const;

/** An axis that is not shown, from 0 to 1 over another one: for marks that stand beside all values. */
export function besideAxis(overlaying: string): Record<string, unknown> {
  return { overlaying, range: [0, 1], visible: false, fixedrange: true, type: "linear" };
}

export function stepAxis(palette: Palette, range: Range): Record<string, unknown> {
  return {
    ...WHOLE_LABELS,
    type: "linear",
    range,
    tickformat: ",d",
    zeroline: false,
    showgrid: false,
    showline: true,
    linecolor: palette.axis,
    ticks: "outside",
    ticklen: 4,
    tickcolor: palette.axis,
  };
}

export function valueAxis(palette: Palette, scale: Scale, range: Range): Record<string, unknown> {
  return {
    ...WHOLE_LABELS,
    type: scale,
    range,
    fixedrange: true,
    nticks: 6,
    exponentformat: "e",
    zeroline: false,
    gridcolor: palette.grid,
    gridwidth: 1,
    showline: false,
    ticks: "",
  };
}

export function lrAxis(palette: Palette, scale: Scale, range: Range): Record<string, unknown> {
  return { ...valueAxis(palette, scale, range), tickmode: "array", ...lrTicks(range, scale) };
}
