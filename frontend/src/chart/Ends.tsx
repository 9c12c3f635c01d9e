/** The ends of a live chart's lines, over what the library drew. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Painted } from "./plotly.ts";
import { type Box, tailOf } from "./tail.ts";

export function Ends({ painted }: { painted: Signal<Painted | null> }) {
  if (painted.value === null) return null;
  const { figure, drawn, size } = painted.value;
  const { strokes, dots, bands } = tailOf(drawn, figure, size);
  if (strokes.length + dots.length + bands.length === 0) return null;
  return (
    <svg class="chart-ends" {...size} aria-hidden="true">
      {bands.map(({ box, from, to, colour, dash }, at) => (
        <Inside key={`band ${at}`} box={box}>
          {dash === null ? (
            <rect x={from} width={to - from} height="100%" fill={colour} />
          ) : (
            <path d={`M${to.toFixed(1)} 0v${box.height}`} stroke={colour} stroke-dasharray={dash} />
          )}
        </Inside>
      ))}
      {strokes.map(({ box, path, colour, width, opacity, dash }, at) => (
        <Inside key={`stroke ${at}`} box={box}>
          <path
            class="line"
            d={path}
            stroke={colour}
            stroke-width={width}
            opacity={opacity}
            stroke-dasharray={dash}
          />
        </Inside>
      ))}
      {dots.map(({ box, x, y, radius, colour, opacity }, at) => (
        <Inside key={`dot ${at}`} box={box}>
          <circle cx={x} cy={y} r={radius} fill={colour} opacity={opacity} />
        </Inside>
      ))}
    </svg>
  );
}

/** What leaves its axis is not seen. */
function Inside({ box, children }: { box: Box; children: ComponentChildren }) {
  const { left, top, width, height } = box;
  return (
    <svg x={left} y={top} width={width} height={height}>
      {children}
    </svg>
  );
}
