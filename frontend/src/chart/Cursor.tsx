/** The cursor of a chart: one place under the mouse or the arrow keys, its values beside it and in words. */

import "../style/cursor.css";
import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { count } from "../lib/format.ts";
import { latest } from "../lib/latest.ts";
import { useSaid } from "../shell/speech.tsx";
import { within } from "./axis.ts";
import type { Props as ChartProps } from "./Chart.tsx";
import { type Hand, handle } from "./hand.ts";
import { MARGIN } from "./layout.ts";
import type { Events, Painted } from "./plotly.ts";
import { exactly, joined, nearest, type Reading, type Row, readAt } from "./reading.ts";
import { TableDialog } from "./TableDialog.tsx";

/** The server is asked for all of a step once the cursor rests on it. */
const REST_MS = 120;
/** A mark this near to the cursor is told with it. Pixels. */
const REACH_PX = 7;

interface Props extends ChartProps {
  events: Events;
  cursor: Signal<number | null>;
  area: RefObject<HTMLDivElement | null>;
  early: RefObject<PointerEvent | KeyboardEvent | null>;
  painted: Painted;
}

export function Cursor(props: Props) {
  const { area, painted, cursor, events } = props;
  const newest = useRef(props);
  newest.current = props;
  /** The cursor is this chart's own, not that of another one beside it. */
  const mine = useSignal(false);
  const table = useSignal(false);
  const exact = useExact(props, mine);

  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const hand: Hand = {
      painted: () => newest.current.painted,
      at: () => newest.current.cursor.peek(),
      events: () => newest.current.events,
      put(x) {
        mine.value = x !== null;
        newest.current.cursor.value = x;
      },
      table: () => (table.value = true),
    };
    return handle(element, hand, newest.current.early.current);
  }, []);

  const x = cursor.value;
  useEffect(() => {
    if (mine.value || x === null) events.hover?.(x);
  }, [x]);

  const width = area.current?.clientWidth ?? 0;
  const share = x === null ? null : (x - painted.range[0]) / (painted.range[1] - painted.range[0]);
  const left = share === null ? 0 : MARGIN.l + share * (width - MARGIN.l - MARGIN.r);
  const shown = x !== null && within(x, painted.range);
  const reading = shown && mine.value ? readingAt(props, x, width, exact.value) : null;
  useSaid(reading ? inWords(placed(props, x as number), reading) : "");
  return (
    <>
      {shown && <div class="cursor-line" style={{ transform: `translateX(${left.toFixed(1)}px)` }} />}
      {reading && (
        <Values place={placed(props, x as number)} reading={reading} left={left} flip={left > width * 0.6} />
      )}
      <button type="button" class="button small table-button" onClick={() => (table.value = true)}>
        Table
      </button>
      {table.value && (
        <TableDialog
          painted={painted}
          label={props.label}
          place={(at) => placed(props, at)}
          close={() => (table.value = false)}
        />
      )}
    </>
  );
}

interface Exact {
  x: number;
  rows: readonly Row[];
}

/** What the server knows of the place at which the cursor rests. */
function useExact(props: Props, mine: Signal<boolean>): Signal<Exact | null> {
  const found = useSignal<Exact | null>(null);
  const ask = useRef(props.exact);
  ask.current = props.exact;
  const asking = useRef(
    latest<number, readonly Row[]>(
      REST_MS,
      async (x, signal) => (await ask.current?.(x, signal)) ?? [],
      (rows, x) => (found.value = { x, rows }),
      () => {},
    ),
  );
  const x = props.cursor.value;
  useEffect(() => {
    if (x !== null && mine.value && ask.current) asking.current.ask(x);
    else asking.current.stop();
  }, [x]);
  useEffect(() => asking.current.stop, []);
  return found;
}

function readingAt({ painted, cursor }: Props, x: number, width: number, exact: Exact | null): Reading {
  const perPixel = (painted.range[1] - painted.range[0]) / Math.max(1, width - MARGIN.l - MARGIN.r);
  const { rows, notes } = readAt(painted.figure, nearest(painted.figure, x) ?? x, 0);
  const marks = readAt(painted.figure, x, REACH_PX * perPixel).notes;
  const known = exact !== null && exact.x === cursor.value ? exact.rows : [];
  return { rows: joined(rows, known), notes: [...new Set([...notes, ...marks])] };
}

function placed({ place }: Props, x: number): string {
  return place ? place(x) : `step ${count(x)}`;
}

function inWords(place: string, { rows, notes }: Reading): string {
  const values = rows.map(({ name, value }) => `${name} ${exactly(value)}`);
  return [place, ...values, ...notes].join(", ");
}

interface ValuesProps {
  place: string;
  reading: Reading;
  left: number;
  flip: boolean;
}

function Values({ place, reading, left, flip }: ValuesProps) {
  const aside = flip ? `calc(${left.toFixed(1)}px - 100% - 12px)` : `${(left + 12).toFixed(1)}px`;
  return (
    <div class="cursor-values num" data-testid="cursor" style={{ transform: `translateX(${aside})` }}>
      <strong>{place}</strong>
      <dl>
        {reading.rows.map(({ name, value, colour }) => (
          <div key={name}>
            <dt>
              <i style={{ background: colour || "var(--muted)" }} />
              {name}
            </dt>
            <dd>{exactly(value)}</dd>
          </div>
        ))}
      </dl>
      {reading.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </div>
  );
}
