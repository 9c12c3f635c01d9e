/** The round gauge: how far the effective lr stands from the plan, with the plan at the top. */

import "../style/gauge.css";
import * as format from "../lib/format.ts";
import { angle, arc, onCircle, ratioText, TICKS } from "./gauge.ts";

const RADIUS = 84;

interface Props {
  effective: number | null;
  ratio: number | null;
  /** Where the armed command would put the needle. */
  proposed: number | null;
}

export function Gauge({ effective, ratio, proposed }: Props) {
  const here = angle(ratio ?? 1);
  const off = ratio !== null && ratio !== 1;
  const label = `lr ${format.lr(effective, 2)}${off ? `, ${ratioText(ratio)} of the plan` : ", as planned"}`;
  return (
    <svg viewBox="-120 -114 240 196" class={`gauge ${off ? "is-off" : ""}`} role="img" aria-label={label}>
      <path d={arc(-130, 130, RADIUS)} class="gauge-track" />
      {off && <path d={arc(0, here, RADIUS)} class="gauge-span" />}
      {proposed !== null && <path d={arc(here, angle(proposed), RADIUS)} class="gauge-proposed" />}
      {TICKS.map((tick) => (
        <Tick key={tick} value={tick} />
      ))}
      <Needle degrees={here} class="gauge-needle" />
      {proposed !== null && <Needle degrees={angle(proposed)} class="gauge-ghost" />}
      <text class="gauge-value num" y="6">
        {format.lr(effective, 2)}
      </text>
      <text class="gauge-note" y="30">
        {ratio === null ? "plan unknown" : off ? `${ratioText(ratio)} of the plan` : "as planned"}
      </text>
    </svg>
  );
}

function Tick({ value }: { value: number }) {
  const degrees = angle(value);
  const inner = onCircle(degrees, RADIUS + 8);
  const outer = onCircle(degrees, RADIUS + (value === 1 ? 15 : 12));
  const label = onCircle(degrees, RADIUS + 25);
  return (
    <g class={value === 1 ? "gauge-tick plan" : "gauge-tick"}>
      <line x1={inner.x} y1={inner.y} x2={outer.x} y2={outer.y} />
      <text x={label.x} y={label.y + 4}>
        {value === 1 ? "plan" : `×${value}`}
      </text>
    </g>
  );
}

function Needle({ degrees, class: name }: { degrees: number; class: string }) {
  const tip = onCircle(degrees, RADIUS + 5);
  const tail = onCircle(degrees, RADIUS - 12);
  return <line x1={tail.x} y1={tail.y} x2={tip.x} y2={tip.y} class={name} />;
}
