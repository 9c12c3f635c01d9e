/** When to redraw: at most so often, and only what is worth it. Times are milliseconds. */

export const LEAST_MS = 250;
export const MOST_MS = 1000;
/** The library draws a live chart at least this often; in between, what came is added at the ends of its lines. */
export const WHOLE_MS = 5000;
/** What live drawings may take of the main thread, all charts in view together. */
const SHARE = 0.06;
/** A drawing's whole cost over what a script can time of it: layout, painting and garbage come after. Measured. */
const AFTER = 1.6;

/** The time between drawings of a chart of `pixels` columns for `span` steps: that in which `rate` moves it by one. */
export function restFor(span: number, pixels: number, rate: number): number {
  return bounded((1000 * span) / Math.max(1, pixels) / Math.max(1e-9, rate));
}

/** The time between drawings where scripts take `cost` milliseconds for one of every chart in view: slow machines draw less. */
export function restForCost(cost: number): number {
  return bounded((AFTER * cost) / SHARE);
}

/** What a drawing costs by and large: few are whole ones. */
export function blended(before: number | undefined, cost: number): number {
  return before === undefined ? cost : 0.7 * before + 0.3 * cost;
}

function bounded(rest: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, rest));
}

export interface Scene {
  /** Something changed since the last drawing. */
  stale: boolean;
  /** The change comes from the person (zoom, theme, size), not from the job. */
  urgent: boolean;
  /** The least time between two drawings of live data. */
  rest: number;
  /** When the last drawing was. */
  drawn: number;
  /** Nobody can see it: the tab is hidden or the chart is out of view. Live data then wait. */
  unseen: boolean;
  /** A mouse button is down on it. */
  held: boolean;
}

/** Milliseconds until the next drawing; null when there is none to wait for. */
export function untilDraw(scene: Scene, now: number): number | null {
  if (!scene.stale || scene.held) return null;
  if (scene.urgent) return 0;
  return scene.unseen ? null : Math.max(0, scene.drawn + scene.rest - now);
}
