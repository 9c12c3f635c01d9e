/** Two fingers on a chart hold the places they touch: apart they zoom in, together out, and aside they move. */

import type { Range } from "./axis.ts";
import type { Hand } from "./hand.ts";
import { held } from "./move.ts";
import { shareAt } from "./place.ts";

/** Listen on `element`. Gives what ends it. */
export function pinch(element: HTMLElement, hand: Hand): () => void {
  /** The places under the fingers, as they were touched. */
  let touched: Range | null = null;
  let frame = 0;

  function sharesOf({ touches }: TouchEvent): Range {
    const { left, width } = element.getBoundingClientRect();
    const [one = 0, other = 0] = [...touches]
      .map(({ clientX }) => shareAt(clientX - left, width))
      .sort((first, second) => first - second);
    return [one, other];
  }

  function move(event: TouchEvent): void {
    if (event.touches.length !== 2) {
      touched = null;
      return;
    }
    if (event.cancelable) event.preventDefault();
    const shares = sharesOf(event);
    const [first, last] = hand.painted().range;
    touched ??= [first + shares[0] * (last - first), first + shares[1] * (last - first)];
    const range = held(touched, shares);
    cancelAnimationFrame(frame);
    if (range) frame = requestAnimationFrame(() => hand.events().move?.(range));
    hand.put(null);
  }

  // Before the chart withholds it from the library.
  element.addEventListener("touchstart", move, { capture: true, passive: false });
  element.addEventListener("touchmove", move, { passive: false });
  element.addEventListener("touchend", move);
  return () => {
    cancelAnimationFrame(frame);
    element.removeEventListener("touchstart", move, true);
    element.removeEventListener("touchmove", move);
    element.removeEventListener("touchend", move);
  };
}
