/**
 * What a live chart gained since the library drew it: we draw that over it, a line or two, until the library draws
 * all of it again. Its parts say by `grows` how they go on from one figure to the next. Pure.
 */

import type { Range } from "./axis.ts";
import { type Figure, MARGIN } from "./layout.ts";

/** At its `end`, as time goes on; or it `moves`, like the present and what lies ahead: drawn by us at every time. */
export type Grows = "end" | "moves";

interface Trace {
  grows?: Grows;
  x: readonly number[];
  y: readonly number[];
  yaxis?: string;
  opacity?: number;
  line?: { color: string; width: number; dash?: string };
  marker?: { color: string; size: number };
}

interface Shape {
  grows?: Grows;
  x0: number;
  x1: number;
  fillcolor?: string;
  line?: { color: string; width: number; dash?: string };
}

export interface Size {
  width: number;
  height: number;
}

/** The part of a chart that belongs to one axis, in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Stroke {
  box: Box;
  /** A path within its box. */
  path: string;
  colour: string;
  width: number;
  opacity: number;
  dash: string;
}

export interface Dot {
  box: Box;
  x: number;
  y: number;
  radius: number;
  colour: string;
  opacity: number;
}

/** What stands over the whole height, from one x to another. */
export interface Band {
  box: Box;
  from: number;
  to: number;
  colour: string;
  /** A line at its end and no surface. */
  dash: string | null;
}

export interface Tail {
  strokes: Stroke[];
  dots: Dot[];
  bands: Band[];
}

/** What the library is to draw of a figure. */
export function still({ traces, layout }: Figure): Figure {
  const shapes = shapesOf(layout).filter(({ grows }) => grows !== "moves");
  return {
    traces: traces.filter((trace) => (trace as Trace).grows !== "moves"),
    layout: "shapes" in layout ? { ...layout, shapes } : layout,
  };
}

/** Whether `after` is `before` with nothing but more at its ends. */
export function goesOn(before: Figure, after: Figure): boolean {
  return (
    before.traces.length === after.traces.length &&
    before.traces.every((trace, at) => follows(trace as Trace, after.traces[at] as Trace)) &&
    same(atRest(before.layout), atRest(after.layout))
  );
}

function follows(before: Trace, after: Trace): boolean {
  const { x, y, ...style } = before;
  const { x: laterX, y: laterY, ...laterStyle } = after;
  if (!same(style, laterStyle)) return false;
  switch (before.grows) {
    case "moves":
      return true;
    case "end":
      return begins(before, after);
    default:
      return same(x, laterX) && same(y, laterY);
  }
}

/** Whether `later` begins with the points of `trace`, by those at both ends and in the middle. */
function begins({ x, y }: Trace, later: Trace): boolean {
  const count = x.length;
  if (count === 0) return later.x.length === 0;
  return [0, count >> 1, count - 1].every((at) => x[at] === later.x[at] && y[at] === later.y[at]);
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function shapesOf(layout: Figure["layout"]): Shape[] {
  return (layout["shapes"] ?? []) as Shape[];
}

/** A layout without what of its shapes goes on. */
function atRest(layout: Figure["layout"]): object {
  const shapes = shapesOf(layout)
    .filter(({ grows }) => grows !== "moves")
    .map((shape) => (shape.grows === "end" ? { ...shape, x1: null } : shape));
  return { ...layout, shapes };
}

/** What `after` has more than `drawn` on a chart of some size, and what moves. */
export function tailOf(drawn: Figure, after: Figure, size: Size): Tail {
  const tail: Tail = { strokes: [], dots: [], bands: bandsOf(drawn, after, size) };
  after.traces.forEach((one, at) => {
    const trace = one as Trace;
    const { opacity = 1, line, marker } = trace;
    const area = areaOf(after.layout, trace.yaxis ?? "y", size);
    if (trace.grows && line) {
      const from = trace.grows === "moves" ? 0 : Math.max(0, (drawn.traces[at] as Trace).x.length - 1);
      const path = pathOf(trace, from, area);
      const style = { colour: line.color, width: line.width, dash: dashOf(line.dash) };
      if (path !== "") tail.strokes.push({ box: area.box, path, opacity, ...style });
    }
    if (trace.grows === "moves" && marker && trace.x.length > 0) {
      const place = { x: area.x(trace.x[0] as number), y: area.y(trace.y[0] as number) };
      if (!Number.isFinite(place.y)) return;
      tail.dots.push({ box: area.box, ...place, radius: marker.size / 2, colour: marker.color, opacity });
    }
  });
  return tail;
}

function bandsOf(drawn: Figure, after: Figure, size: Size): Band[] {
  const before = shapesOf(drawn.layout);
  const { box, x } = areaOf(after.layout, null, size);
  return shapesOf(after.layout).flatMap((shape, at): Band[] => {
    const [from, to] = [x(shape.grows === "end" ? (before[at]?.x1 ?? shape.x1) : shape.x0), x(shape.x1)];
    if (shape.grows === "moves")
      return [{ box, from, to, colour: shape.line?.color ?? "", dash: dashOf(shape.line?.dash) }];
    if (shape.grows === "end" && to > from)
      return [{ box, from, to, colour: shape.fillcolor ?? "", dash: null }];
    return [];
  });
}

/** The library writes its dashes as `1px,3px`. */
function dashOf(dash: string | undefined): string {
  return (dash ?? "").replace(/px/g, "");
}

interface Area {
  box: Box;
  /** Pixels from the left of the box. */
  x(value: number): number;
  /** Pixels from its top; no number for what a logarithmic axis cannot show. */
  y(value: number): number;
}

interface Axis {
  range: Range;
  type?: string;
  domain?: Range;
}

/** Where things lie on an axis (null: on all of the chart), from the layout's own margins and ranges. */
function areaOf(layout: Figure["layout"], axis: string | null, { width, height }: Size): Area {
  const margin = { ...MARGIN, ...(layout["margin"] as object | undefined) };
  const [first, last] = (layout["xaxis"] as Axis).range;
  const whole: Axis = { range: [0, 1] };
  const {
    range,
    type,
    domain = [0, 1],
  } = axis === null ? whole : (layout[axis.replace("y", "yaxis")] as Axis);
  const [across, up] = [width - margin.l - margin.r, height - margin.t - margin.b];
  const box = {
    left: margin.l,
    top: margin.t + (1 - domain[1]) * up,
    width: across,
    height: (domain[1] - domain[0]) * up,
  };
  const [low, high] = range;
  return {
    box,
    x: (value) => ((value - first) / (last - first)) * across,
    y: (value) => (1 - ((type === "log" ? Math.log10(value) : value) - low) / (high - low)) * box.height,
  };
}

function pathOf({ x, y }: Trace, from: number, area: Area): string {
  let path = "";
  let pen = "M";
  for (let at = from; at < x.length; at += 1) {
    const up = area.y(y[at] as number);
    if (Number.isFinite(up)) path += `${pen}${area.x(x[at] as number).toFixed(1)} ${up.toFixed(1)}`;
    pen = Number.isFinite(up) ? "L" : "M";
  }
  return path.includes("L") ? path : "";
}
