/** Smoothing as the exponential mean over steps, corrected for its start. Pure. */

/** More is a flat line. */
export const MOST = 0.99;

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
  const kept = Math.min(MOST, Math.max(0, weight));
  const spacing = spacingOf(x, total);
  if (kept === 0 || spacing === 0) return [...y];
  let mean = 0;
  let mass = 0;
  return y.map((value, at) => {
    const gap = at === 0 ? spacing : (x[at] as number) - (x[at - 1] as number);
    const stays = kept ** (gap / spacing);
    mean = stays * mean + (1 - stays) * value;
    mass = stays * mass + (1 - stays);
    return mean / mass;
  });
}

/** Steps from one logged value to the next, on average. */
function spacingOf(x: readonly number[], total: number): number {
  const first = x[0];
  const last = x.at(-1);
  if (first === undefined || last === undefined || last <= first) return 0;
  return (last - first) / Math.max(1, Math.max(total, x.length) - 1);
}
