/** Mouse, wheel and keys on a chart: they put the cursor and move the stretch in view. */

import type { Range } from "./axis.ts";
import { scaled, slid } from "./move.ts";
import { pinch } from "./pinch.ts";
import { xAt } from "./place.ts";
import type { Events, Painted } from "./plotly.ts";
import { beside, nearest } from "./reading.ts";

export interface Hand {
  painted(): Painted;
  at(): number | null;
  events(): Events;
  /** Put the cursor at an x, or take it away. */
  put(x: number | null): void;
  table(): void;
}

const CLOSER = 0.5;
const ASIDE = 0.25;
/** How much a turn of the wheel by a pixel moves or scales. */
const WHEEL = 0.0015;
/** With Shift the arrow keys go this share of what is in view. */
const STRIDE = 0.1;

/** Listen on `element`, beginning with what was done there already. Gives what ends it. */
export function handle(
  element: HTMLElement,
  hand: Hand,
  early: PointerEvent | KeyboardEvent | null,
): () => void {
  let grabbed: { x: number; range: Range } | null = null;
  let frame = 0;
  let asked: ((range: Range) => Range) | null = null;

  function xOf(event: MouseEvent): number | null {
    const left = event.clientX - element.getBoundingClientRect().left;
    return xAt(left, element.clientWidth, hand.painted().range);
  }

  /** One change of the view a frame, made of all that was asked for since the last one. */
  function move(make: (range: Range) => Range): void {
    const before = asked;
    asked = before === null ? make : (range) => make(before(range));
    if (before !== null) return;
    frame = requestAnimationFrame(() => {
      const whole = asked;
      asked = null;
      if (whole) hand.events().move?.(whole(hand.painted().range));
    });
  }

  function over(event: PointerEvent): void {
    if (grabbed) {
      const { x, range } = grabbed;
      move(() => slid(range, (x - event.clientX) / element.clientWidth));
    } else if (event.buttons === 0 || event.pointerType === "touch") {
      const x = xOf(event);
      hand.put(x === null ? null : nearest(hand.painted().figure, x));
    } else {
      hand.put(null);
    }
  }

  /** Before the chart sees it: there a drag chooses a stretch. */
  function grab(event: MouseEvent): void {
    if (!event.shiftKey || event.button !== 0 || !hand.events().move) return;
    event.stopPropagation();
    event.preventDefault();
    hand.put(null);
    grabbed = { x: event.clientX, range: hand.painted().range };
  }

  /** A grabbed axis follows the mouse beyond the chart. */
  function beyond(event: PointerEvent): void {
    if (grabbed && !element.contains(event.target as Node)) over(event);
  }

  /** A finger has no hover: the cursor stands where it taps. */
  function touch(event: PointerEvent): void {
    if (event.pointerType === "touch") over(event);
  }

  function blur(): void {
    hand.put(null);
  }

  function drop(): void {
    grabbed = null;
  }

  /** A finger that is lifted leaves the cursor where it was. */
  function leave(event: PointerEvent): void {
    if (event.pointerType !== "touch" && document.activeElement !== element) hand.put(null);
  }

  function wheel(event: WheelEvent): void {
    if (!hand.events().move) return;
    const x = xOf(event);
    const aside = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (event.ctrlKey && x !== null) {
      move((range) => scaled(range, Math.exp(event.deltaY * WHEEL * 3), x));
    } else if (Math.abs(aside) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      move((range) => slid(range, aside * WHEEL));
    } else return;
    event.preventDefault();
  }

  function key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actOf(event.key, event.shiftKey, hand);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  element.addEventListener("pointermove", over);
  element.addEventListener("pointerdown", touch);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("mousedown", grab, true);
  addEventListener("pointermove", beyond);
  addEventListener("pointerup", drop);
  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("keydown", key);
  element.addEventListener("blur", blur);
  const unpinch = hand.events().move ? pinch(element, hand) : null;

  if (early instanceof KeyboardEvent) key(early);
  else if (early && (early.pointerType === "touch" || element.matches(":hover"))) over(early);

  return () => {
    unpinch?.();
    cancelAnimationFrame(frame);
    element.removeEventListener("pointermove", over);
    element.removeEventListener("pointerdown", touch);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("mousedown", grab, true);
    removeEventListener("pointermove", beyond);
    removeEventListener("pointerup", drop);
    element.removeEventListener("wheel", wheel);
    element.removeEventListener("keydown", key);
    element.removeEventListener("blur", blur);
  };
}

/** What a key does on a chart; null for keys that are none of its. */
function actOf(key: string, far: boolean, hand: Hand): (() => void) | null {
  const { figure, range } = hand.painted();
  const { move, pick, reset } = hand.events();
  const at = hand.at();
  const middle = (range[0] + range[1]) / 2;
  const walk = (way: 1 | -1) => (): void => {
    const stride = way * STRIDE * (range[1] - range[0]);
    if (at === null) hand.put(nearest(figure, middle));
    else if (far) hand.put(nearest(figure, at + stride));
    else hand.put(beside(figure, at, way, range) ?? at);
  };
  const view = (make: (range: Range) => Range) => (move ? () => move(make(range)) : null);
  switch (key) {
    case "ArrowRight":
      return walk(1);
    case "ArrowLeft":
      return walk(-1);
    case "Home":
      return () => hand.put(nearest(figure, range[0]));
    case "End":
      return () => hand.put(nearest(figure, range[1]));
    case "+":
      return view((now) => scaled(now, CLOSER, at ?? middle));
    case "-":
      return view((now) => scaled(now, 1 / CLOSER, at ?? middle));
    case "PageUp":
      return view((now) => slid(now, -ASIDE));
    case "PageDown":
      return view((now) => slid(now, ASIDE));
    case "0":
      return reset ? () => reset() : null;
    case "Enter":
      return at !== null && pick ? () => pick(at, false) : null;
    case "t":
      return hand.table;
    case "Escape":
      return at === null ? null : () => hand.put(null);
    default:
      return null;
  }
}
