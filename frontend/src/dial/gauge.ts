/** The geometry of the round gauge: effective lr over planned lr, from a tenth to ten times, on a log scale. */

export const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10] as const;
const SWEEP = 130;

/** Degrees from the top, clockwise: 0 at exactly the plan, ±130 at the ends; beyond them it stays there. */
export function angle(ratio: number): number {
  if (!(ratio > 0)) return -SWEEP;
  return Math.max(-1, Math.min(1, Math.log10(ratio))) * SWEEP;
}

export interface Point {
  x: number;
  y: number;
}

/** The point at `degrees` from the top on a circle around (0, 0), y downwards. */
export function onCircle(degrees: number, radius: number): Point {
  const turn = (degrees * Math.PI) / 180;
  return { x: radius * Math.sin(turn), y: -radius * Math.cos(turn) };
}

/** An SVG path along the circle from one angle to another. */
export function arc(from: number, to: number, radius: number): string {
  const start = onCircle(from, radius);
  const end = onCircle(to, radius);
  const large = Math.abs(to - from) > 180 ? 1 : 0;
  const sweep = to > from ? 1 : 0;
  return `M ${round(start.x)} ${round(start.y)} A ${radius} ${radius} 0 ${large} ${sweep} ${round(end.x)} ${round(end.y)}`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** How much of the plan is in use, as `×0.50`; empty when it cannot be said. */
export function ratioText(ratio: number | null): string {
  if (ratio === null) return "";
  if (ratio !== 0 && (ratio < 0.01 || ratio >= 100)) return `×${ratio.toExponential(1)}`;
  return `×${ratio.toPrecision(3).replace(/(\.\d\d)\d*$/, "$1")}`;
}

/** Effective over planned, null where one of them is unknown or the plan is 0. */
export function ratioOf(
  planned: number | null | undefined,
  effective: number | null | undefined,
): number | null {
  if (planned === null || planned === undefined || effective === null || effective === undefined) return null;
  if (planned === 0) return effective === 0 ? 1 : null;
  return effective / planned;
}
