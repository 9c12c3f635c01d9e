/** Which rows of a long list are worth making: those on the screen and some around. Pure. */

export interface Rows {
  first: number;
  /** The first row that is not made. */
  last: number;
}

const AROUND = 8;

/** `top` is how far the list's begin is above the screen's upper edge; all but `count` in pixels. */
export function rowsInView(top: number, screen: number, height: number, count: number): Rows {
  const first = Math.min(count, Math.max(0, Math.floor(top / height) - AROUND));
  const last = Math.min(count, Math.max(first, Math.ceil((top + screen) / height) + AROUND));
  return { first, last };
}

/** How far to scroll so that row `at` is seen whole; 0 where it is. */
export function toReveal(at: number, top: number, screen: number, height: number): number {
  const begin = at * height - top;
  if (begin < 0) return begin;
  return Math.max(0, begin + height - screen);
}
