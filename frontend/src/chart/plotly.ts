/** The only module that calls plotly.js: it loads it, draws, listens and clears away. */

import type { PlotElement } from "plotly.js-basic-dist-min";
import type { Range } from "./axis.ts";
import { CONFIG, type Figure } from "./layout.ts";
import { blended, LEAST_MS, restForCost, type Scene, untilDraw, WHOLE_MS } from "./pace.ts";
import { edge, xAt } from "./place.ts";
import { goesOn, type Size, still } from "./tail.ts";

/** A press that ends this near to its begin is a click, no drag. Pixels. */
const STILL = 4;

/** A place on the screen. */
export interface Spot {
  x: number;
  y: number;
}

export interface Events {
  /** A stretch of the x axis was chosen with the mouse. */
  zoom?: (first: number, last: number) => void;
  /** Double click at a place of the screen, or a key: back to the whole. */
  reset?: (at?: Spot) => void;
  /** The stretch in view was moved, or changed in size, under the hand. */
  move?: (range: Range) => void;
  /** The x of the cursor, null when there is none. */
  hover?: (x: number | null) => void;
  /** A place was clicked; `noting` with Ctrl (or Cmd) held. */
  pick?: (x: number, noting: boolean) => void;
}

/** A figure that is on the screen, and the stretch of its x axis. */
export interface Painted {
  figure: Figure;
  /** The figure that the library drew; what the newest one has more is ours to draw. */
  drawn: Figure;
  range: Range;
  size: Size;
}

export interface Plot {
  /** Draw soon what `make` gives by then. `urgent` where a person waits for it, else `rest` ms apart. */
  draw(make: () => Figure, urgent: boolean, rest: number): void;
  destroy(): void;
}

/** What a drawing of each chart in view takes, in milliseconds. */
const costs = new Map<HTMLElement, number>();

const library = (): Promise<typeof import("plotly.js-basic-dist-min")> => import("plotly.js-basic-dist-min");

/** Start loading the library before the first chart is there. */
export function warmUp(): void {
  void library();
}

/** The library takes a finger for a mouse that chooses a stretch: then nobody could scroll past a chart. */
function withhold(event: TouchEvent): void {
  event.stopPropagation();
}

/** A figure as a picture: the address of its data. */
export async function picture(
  figure: Figure,
  format: "png" | "svg",
  width: number,
  height: number,
): Promise<string> {
  const plotly = await library();
  const { traces: data, layout } = figure;
  return plotly.toImage(
    { data, layout, config: CONFIG },
    { format, width, height, scale: format === "png" ? 2 : 1 },
  );
}

function sameSize(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

export interface Listeners {
  zoom(first: number, last: number): void;
  reset(at?: Spot): void;
  pick(x: number, noting: boolean): void;
  painted(what: Painted): void;
  /** The library could not be loaded. */
  failed(error: unknown): void;
}

/** A chart in `element`, at the element's own size. */
export function plot(element: HTMLElement, hears: Listeners): Plot {
  const scene: Scene = { stale: false, urgent: true, rest: LEAST_MS, drawn: 0, unseen: false, held: false };
  let make: (() => Figure) | null = null;
  let revision = 0;
  let range: Range | null = null;
  /** What the library drew last, and when. */
  let drawn: { figure: Figure; size: Size; at: number } | null = null;
  let pressed: Spot | null = null;
  let pressedLast: Spot | undefined;
  let listening = false;
  let dead = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;

  function wake(): void {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    const unseen = scene.unseen || document.hidden;
    const rest = Math.max(scene.rest, restForCost([...costs.values()].reduce((sum, cost) => sum + cost, 0)));
    const wait = untilDraw({ ...scene, rest, unseen }, performance.now());
    if (wait === null) return;
    timer = setTimeout(() => {
      frame = requestAnimationFrame(() => void paint().catch(hears.failed));
    }, wait);
  }

  async function paint(): Promise<void> {
    const plotly = await library();
    if (dead || make === null || element.clientWidth === 0) return;
    const { urgent } = scene;
    scene.stale = false;
    scene.urgent = false;
    scene.drawn = performance.now();
    revision += 1;
    const begun = performance.now();
    const figure = make();
    range = (figure.layout["xaxis"] as { range?: Range } | undefined)?.range ?? null;
    const size = { width: element.clientWidth, height: element.clientHeight };
    const rests = !urgent && drawn !== null && begun < drawn.at + WHOLE_MS && sameSize(drawn.size, size);
    if (rests && drawn && goesOn(drawn.figure, figure)) settle(drawn.at);
    else {
      const { traces, layout } = still(figure);
      const whole = { ...layout, ...size, autosize: false, datarevision: revision };
      const plotted = await plotly.react(element, traces, whole, CONFIG);
      drawn = { figure, size, at: begun };
      if (!listening) listenTo(plotted);
    }
    if (range) hears.painted({ figure, drawn: drawn.figure, range, size });
    element.dataset["revision"] = String(revision);
    costs.set(element, blended(costs.get(element), performance.now() - begun));
  }

  /** Have the library draw what was added since, though nothing more may come. */
  function settle(since: number): void {
    clearTimeout(settling);
    settling = setTimeout(() => touch(false), since + WHOLE_MS - performance.now());
  }

  function listenTo(drawn: PlotElement): void {
    listening = true;
    drawn.on("plotly_relayout", (event) => {
      const first = event["xaxis.range[0]"];
      const last = event["xaxis.range[1]"];
      if (first !== undefined && last !== undefined) hears.zoom(edge(first), edge(last));
    });
    drawn.on("plotly_doubleclick", () => hears.reset(pressedLast));
  }

  function touch(urgent: boolean): void {
    scene.stale = make !== null;
    scene.urgent ||= urgent;
    wake();
  }

  function press(event: PointerEvent): void {
    // With Shift held the hand moves the axis, as two fingers do, and the chart follows it.
    scene.held = !event.shiftKey && event.pointerType !== "touch";
    pressedLast = { x: event.clientX, y: event.clientY };
    pressed = event.button === 0 ? pressedLast : null;
    wake();
  }

  function release(event: PointerEvent): void {
    const from = pressed;
    pressed = null;
    scene.held = false;
    wake();
    if (!from || !range || event.type !== "pointerup") return;
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL) return;
    const x = xAt(event.clientX - element.getBoundingClientRect().left, element.clientWidth, range);
    if (x !== null) hears.pick(x, event.ctrlKey || event.metaKey);
  }

  element.addEventListener("pointerdown", press);
  element.addEventListener("touchstart", withhold, true);
  addEventListener("pointerup", release);
  addEventListener("pointercancel", release);
  document.addEventListener("visibilitychange", wake);
  const size = new ResizeObserver(() => touch(true));
  size.observe(element);
  const view = new IntersectionObserver((entries) => {
    scene.unseen = !(entries.at(-1)?.isIntersecting ?? true);
    if (scene.unseen) costs.delete(element);
    wake();
  });
  view.observe(element);

  return {
    draw(next, urgent, rest) {
      make = next;
      scene.rest = rest;
      touch(urgent);
    },
    destroy() {
      dead = true;
      costs.delete(element);
      clearTimeout(timer);
      clearTimeout(settling);
      cancelAnimationFrame(frame);
      size.disconnect();
      view.disconnect();
      element.removeEventListener("pointerdown", press);
      element.removeEventListener("touchstart", withhold, true);
      removeEventListener("pointerup", release);
      removeEventListener("pointercancel", release);
      document.removeEventListener("visibilitychange", wake);
      if (listening) void library().then((plotly) => plotly.purge(element));
    },
  };
}
