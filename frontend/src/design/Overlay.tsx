/** Over the chart: the stretches that are lit, the curve while it is dragged, and the handles. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Spot } from "../chart/plotly.ts";
import { Grip } from "./Grip.tsx";
import * as grip from "./grip.ts";
import { HandleField } from "./HandleField.tsx";
import * as store from "./store.ts";
import { type Area, areaOf, pathOf, type Size } from "./view.ts";

const size = signal<Size | null>(null);

let layer: HTMLElement | null = null;

/** One knot more at a place of the screen; false where the curve is not drawn by keys. */
export function addKnot({ x, y }: Spot): boolean {
  const area = size.value && areaOf(store.view.value, size.value);
  const box = layer?.getBoundingClientRect();
  return area && box ? grip.addKnot(area.step(x - box.left), area.lr(y - box.top)) : false;
}

export function Overlay() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
    });
    watch.observe(place.current);
    layer = place.current;
    return () => {
      watch.disconnect();
      layer = null;
    };
  }, []);
  const area = size.value && areaOf(store.view.value, size.value);
  const usable = area && !store.problem.value && (store.dragging.value || !store.stale.value);
  return (
    <div class="overlay" ref={place}>
      {area && usable && grip.editor.value && (
        <>
          <svg width="100%" height="100%">
            <clipPath id="plot-area">
              <rect
                x={area.left}
                y={area.top}
                width={area.right - area.left}
                height={area.bottom - area.top + 2}
              />
            </clipPath>
            <g clip-path="url(#plot-area)">
              <Bands area={area} />
              <Live area={area} />
            </g>
            {grip.handles.value.map((handle, index) => (
              // A handle is known by its place among the others, so that it keeps the focus while it moves.
              <Grip key={index} index={index} handle={handle} area={area} />
            ))}
          </svg>
          <HandleField area={area} />
        </>
      )}
    </div>
  );
}

/** The stretch of the curve whose text is under the mouse. */
function Bands({ area }: { area: Area }) {
  return (
    <>
      {grip.litParts.value.map(({ start, end }) => (
        <rect
          key={start}
          class="lit-band"
          data-testid="lit-band"
          x={area.x(start)}
          y={area.top}
          width={Math.max(2, area.x(end) - area.x(start))}
          height={area.bottom - area.top}
        />
      ))}
    </>
  );
}

/** The curve as the server answers it while a handle is in the hand: the chart is told at the end. */
function Live({ area }: { area: Area }) {
  const answer = store.good.value;
  if (!store.held.value || !answer) return null;
  return <path class="live-curve" data-testid="live-curve" d={pathOf(area, answer.x, answer.y)} />;
}
