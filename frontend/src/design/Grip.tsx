/** One handle: taken with mouse, finger or pen, moved by keys, spoken as a slider. */

import { useRef } from "preact/hooks";
import type { Handle } from "../api/types.ts";
import * as grip from "./grip.ts";
import { placeOf, told } from "./handles.ts";
import * as store from "./store.ts";
import type { Area } from "./view.ts";

/** A shorter way is a click with an unsteady hand. */
const LEAST_PX = 3;
/** An axis stays where it is until the hand has gone this far along it. */
const STICKY_PX = 5;
const FINE = 0.1;

interface Press {
  pointer: number;
  x: number;
  y: number;
  dx: number;
  dy: number;
  begun: boolean;
  /** The axes that the hand has set free. */
  across: boolean;
  up: boolean;
}

interface Props {
  index: number;
  handle: Handle;
  area: Area;
}

export function Grip({ index, handle, area }: Props) {
  const press = useRef<Press | null>(null);
  const hold = grip.holdAt(index);
  if (!hold) return null;
  const { step, lr } = placeOf(hold);
  const [x, y] = [area.x(step), area.y(lr)];
  const mine = grip.inHand.value?.index === index;
  if (!mine && (x < area.left - 1 || x > area.right + 1 || y < area.top - 1)) return null;

  function down(event: PointerEvent & { currentTarget: SVGGElement }): void {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    const { pointerId, clientX, clientY } = event;
    const still = { dx: 0, dy: 0, begun: false, across: false, up: false };
    press.current = { pointer: pointerId, x: clientX, y: clientY, ...still };
  }

  function move(event: PointerEvent): void {
    const now = press.current;
    if (now?.pointer !== event.pointerId) return;
    const fine = event.altKey ? FINE : 1;
    now.dx += (event.clientX - now.x) * fine;
    now.dy += (event.clientY - now.y) * fine;
    now.x = event.clientX;
    now.y = event.clientY;
    if (!now.begun) {
      if (Math.hypot(now.dx, now.dy) < LEAST_PX * fine) return;
      now.begun = grip.begin(index);
      if (!now.begun) return;
    }
    drag(now, event);
  }

  function drag(now: Press, event: PointerEvent): void {
    const two = handle.across !== null && handle.up !== null;
    const fine = event.altKey ? FINE : 1;
    now.across ||= !two || Math.abs(now.dx) > STICKY_PX * fine;
    now.up ||= !two || Math.abs(now.dy) > STICKY_PX * fine;
    const level = Math.abs(now.dx) >= Math.abs(now.dy);
    const across = now.across && (!event.shiftKey || level || !two);
    const up = now.up && (!event.shiftKey || !level || !two);
    const last = store.charted.value?.analysis?.total ?? Number.POSITIVE_INFINITY;
    const to = Math.min(last, Math.max(0, area.step(area.x(handle.step) + now.dx)));
    grip.moveTo(
      { step: across ? to : null, lr: up ? area.lr(area.y(handle.lr) + now.dy) : null },
      event.altKey,
    );
  }

  function end(event: PointerEvent, keep: boolean): void {
    if (press.current?.pointer !== event.pointerId) return;
    const { begun } = press.current;
    press.current = null;
    if (begun) grip.letGo(keep);
  }

  function key(event: KeyboardEvent): void {
    const units = event.shiftKey ? 10 : 1;
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (event.key === "Escape" && press.current) {
      press.current = null;
      grip.letGo(false);
    } else if (event.key === "Enter") {
      grip.typing.value = index;
    } else if (event.key === "Delete" || event.key === "Backspace") {
      grip.removeKnot(index);
    } else if (way !== undefined) {
      const level = event.key === "ArrowRight" || event.key === "ArrowLeft";
      const wanted = level ? "across" : "up";
      const other = level ? "up" : "across";
      grip.nudge(index, handle[wanted] ? wanted : other, way * units);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function leave(): void {
    if (grip.touched.peek() === index) grip.touched.value = null;
  }

  const lit = grip.litHandles.value.includes(index);
  const shape = [handle.across ? "across" : "", handle.up ? "up" : ""].join(" ");
  return (
    <g
      class={`grip ${shape} ${lit ? "lit" : ""} ${mine ? "held" : ""} ${grip.inHand.value && !mine ? "away" : ""}`}
      role="slider"
      tabIndex={0}
      aria-label={`Handle ${index + 1} of ${grip.handles.value.length}`}
      aria-valuenow={handle.up ? lr : step}
      aria-valuetext={told(hold)}
      data-testid="handle"
      transform={`translate(${x.toFixed(2)} ${y.toFixed(2)})`}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={(event) => end(event, true)}
      // Chromium does not heed `touch-action` within SVG: without this the page would scroll under the finger.
      onTouchMove={(event) => event.preventDefault()}
      onPointerCancel={(event) => end(event, false)}
      onPointerEnter={() => (grip.touched.value = index)}
      onPointerLeave={leave}
      onFocus={() => (grip.touched.value = index)}
      onBlur={leave}
      onDblClick={(event) => {
        event.stopPropagation();
        grip.typing.value = index;
      }}
      onKeyDown={key}
    >
      <circle class="grip-hit" r="12" />
      <circle class="grip-ring" r="9" />
      <circle class="grip-dot" r="4" />
      {(mine || grip.touched.value === index) && <Words text={told(hold)} x={x} y={y} area={area} />}
    </g>
  );
}

/** What the handle writes, beside it and inside the plot. */
function Words({ text, x, y, area }: { text: string; x: number; y: number; area: Area }) {
  const words = text.split(", ").slice(2).join(" · ");
  const width = words.length * 7.3 + 16;
  const left = Math.min(Math.max(-width / 2, area.left - x), area.right - x - width);
  // Above the plot stand the names of the parts.
  const top = y - 40 < area.top ? 18 : -40;
  return (
    <g class="grip-words" transform={`translate(${left.toFixed(1)} ${top})`}>
      <rect width={width} height="24" rx="6" />
      <text x={width / 2} y="16">
        {words}
      </text>
    </g>
  );
}
