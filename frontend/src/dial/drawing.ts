/** A curve drawn by hand over the rest of the run, as the text of a schedule. Pure. */

export interface Spot {
  /** Steps from here. */
  x: number;
  lr: number;
}

/** Further from the straight line than this share of the top, a point is a key of its own. */
const COARSE = 0.02;
const MOST_KEYS = 24;

/** The drawn points as few straight lines: ascending in x, later strokes over earlier ones. */
export function simplified(spots: readonly Spot[], top: number): Spot[] {
  const sorted = spots.toSorted((one, other) => one.x - other.x);
  let tolerance = COARSE * top;
  let kept = between(sorted, tolerance);
  while (kept.length > MOST_KEYS) {
    tolerance *= 1.5;
    kept = between(sorted, tolerance);
  }
  return kept;
}

/** Douglas and Peucker's way, with the distance along the lr axis. */
function between(spots: readonly Spot[], tolerance: number): Spot[] {
  const first = spots[0];
  const last = spots.at(-1);
  if (!first || !last || spots.length < 3) return [...spots];
  let worst = 0;
  let at = 0;
  spots.forEach((spot, index) => {
    const share = last.x === first.x ? 0 : (spot.x - first.x) / (last.x - first.x);
    const off = Math.abs(spot.lr - (first.lr + share * (last.lr - first.lr)));
    if (off > worst) {
      worst = off;
      at = index;
    }
  });
  if (worst <= tolerance) return [first, last];
  return [...between(spots.slice(0, at + 1), tolerance).slice(0, -1), ...between(spots.slice(at), tolerance)];
}

/** With a point drawn over whatever stood near it. */
export function withSpot(spots: readonly Spot[], spot: Spot, reach: number): Spot[] {
  return [...spots.filter((one) => Math.abs(one.x - spot.x) > reach), spot];
}

/** As `keys { 0: 3e-4; 1200: 1e-4 }`, to be read from here on; empty for less than two points. */
export function asSchedule(spots: readonly Spot[], top: number): string {
  const keys = new Map<number, number>();
  for (const spot of simplified(spots, top)) keys.set(Math.max(0, Math.round(spot.x)), Math.max(0, spot.lr));
  if (keys.size < 2) return "";
  const [first] = keys.values();
  if (!keys.has(0)) keys.set(0, first as number);
  const sorted = [...keys].sort(([one], [other]) => one - other);
  return `keys { ${sorted.map(([step, lr]) => `${step}: ${spelled(lr)}`).join("; ")} }`;
}

function spelled(lr: number): string {
  return lr === 0 ? "0" : Number(lr.toPrecision(3)).toExponential().replace("e+", "e");
}
