/** A place to draw the lr for the rest of the run with the mouse or a finger. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { count, lrBrief } from "../lib/format.ts";
import { asSchedule, type Spot, withSpot } from "./drawing.ts";

const WIDTH = 300;
const HEIGHT = 120;

interface Props {
  /** Steps left. */
  rest: number;
  /** The lr now, and the highest that can be drawn. */
  lr: number;
  top: number;
  drawn: (schedule: string) => void;
}

export function DrawPad({ rest, lr, top, drawn }: Props) {
  const spots = useSignal<readonly Spot[]>([{ x: 0, lr }]);
  const place = useRef<SVGSVGElement>(null);
  const held = useRef(false);

  function draw(event: PointerEvent): void {
    const box = place.current?.getBoundingClientRect();
    if (!box || !held.current) return;
    const across = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const up = 1 - Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
    spots.value = withSpot(spots.value, { x: across * rest, lr: up * top }, rest / 80);
  }

  function lift(): void {
    if (!held.current) return;
    held.current = false;
    drawn(asSchedule(spots.value, top));
  }

  const sorted = spots.value.toSorted((one, other) => one.x - other.x);
  const points = sorted.map(({ x, lr }) => `${(x / rest) * WIDTH},${HEIGHT * (1 - lr / top)}`).join(" ");
  return (
    <figure class="draw-pad">
      <svg
        ref={place}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Draw the lr for the rest of the run; the text below says the same"
        data-testid="draw-pad"
        onPointerDown={(event) => {
          held.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          draw(event);
        }}
        onPointerMove={draw}
        onPointerUp={lift}
        onPointerCancel={lift}
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT * (1 - lr / top)} y2={HEIGHT * (1 - lr / top)} class="pad-now" />
        <polyline points={points} class="pad-line" />
      </svg>
      <figcaption class="muted num">
        <span>0 to {lrBrief(top)}</span>
        <span>{count(rest)} steps from here</span>
      </figcaption>
    </figure>
  );
}
