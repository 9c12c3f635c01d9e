/** The few calls of plotly.js that the dashboard makes; the basic bundle ships no types. */
declare module "plotly.js-basic-dist-min" {
  export interface RelayoutEvent {
    "xaxis.range[0]"?: number;
    "xaxis.range[1]"?: number;
    [key: string]: unknown;
  }
  export interface PlotElement extends HTMLElement {
    on(name: "plotly_relayout", listener: (event: RelayoutEvent) => void): void;
    on(name: "plotly_doubleclick", listener: () => void): void;
  }
  export function react(
    element: HTMLElement,
    traces: readonly object[],
    layout: object,
    config: object,
  ): Promise<PlotElement>;
  export function toImage(
    figure: { data: readonly object[]; layout: object; config: object },
    options: { format: "png" | "svg"; width: number; height: number; scale: number },
  ): Promise<string>;
  export function purge(element: HTMLElement): void;
}
