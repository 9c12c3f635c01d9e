/** Smoothing as the exponential mean over steps, corrected for its start. Pure. */

/** More is a flat line. */
export const MOST = 0.99;

/** How a mean stands after the value logged at step `at`. */
export interface Mean {
  at: number;
  value: number;
  /** The share of all weight that has been given out: 0 before the first value, later almost 1. */
  mass: number;
  /** Steps from one logged value to the next. */
  spacing: number;
}

/**
 * `y` at ascending `x`, smoothed: `weight` (0 to 0.99) is how much of the mean stays from one logged value to the
 * next, when `total` of them were logged over the range. Points that were left out in between count by their
 * distance, so that a thinned curve is smoothed over as many steps as the whole one.
 */
export function smoothed(
  x: readonly number[],
  y: readonly number[],
  weight: number,
  total: number,
): number[] {
  const spacing = spacingOf(x, total);
  if (weight <= 0 || spacing === 0) return [...y];
  return goneOn({ at: (x[0] as number) - spacing, value: 0, mass: 0, spacing }, x, y, weight);
}

/** The mean that goes on from `start` over the values `y` at ascending `x`. */
export function goneOn(start: Mean, x: readonly number[], y: readonly number[], weight: number): number[] {
  const kept = Math.min(MOST, weight);
  let { at, mass } = start;
  let sum = start.value * mass;
  return y.map((value, index) => {
    const here = x[index] as number;
    const stays = kept ** ((here - at) / start.spacing);
    sum = stays * sum + (1 - stays) * value;
    mass = stays * mass + (1 - stays);
    at = here;
    return sum / mass;
  });
}

/** How the mean stands at the end of values `y` at `x` that have been smoothed, null where nothing says how dense they were. */
export function meanAfter(
  x: readonly number[],
  y: readonly number[],
  weight: number,
  total: number,
): Mean | null {
  const spacing = spacingOf(x, total);
  if (spacing === 0) return null;
  const [first, at] = [x[0] as number, x.at(-1) as number];
  const mass = 1 - Math.min(MOST, weight) ** ((at - first) / spacing + 1);
  return { at, value: y.at(-1) as number, mass, spacing };
}

/** Steps from one logged value to the next, on average; 0 where there are fewer than two. */
export function spacingOf(x: readonly number[], total: number): number {
  const first = x[0];
  const last = x.at(-1);
  if (first === undefined || last === undefined || last <= first) return 0;
  return (last - first) / Math.max(1, Math.max(total, x.length) - 1);
}
