/** A chart as a component: it draws whatever figure it is given and tells of zoom, moves and the cursor. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { fetched } from "../shell/fetched.tsx";
import { Ends } from "./Ends.tsx";
import type { Figure } from "./layout.ts";
import { restFor } from "./pace.ts";
import { type Events, type Painted, type Plot, plot } from "./plotly.ts";
import type { Row } from "./reading.ts";

/** What reads a chart off is of use once a hand or the keyboard is on it. */
const Cursor = fetched(null, () => import("./Cursor.tsx").then((module) => module.Cursor));

export interface Props {
  /** Makes what is to be drawn, called when it is about to be: live data are not laid out in vain. */
  figure: () => Figure;
  /** Changes with whatever the figure is made of. */
  version: unknown;
  /** Changes when a person changed something: the drawing then does not wait for its turn. */
  urgentKey: unknown;
  /** For live data: the steps in view, and how many come in a second. */
  live?: { span: number; rate: number };
  label: string;
  testid: string;
  events?: Events;
  class?: string;
  /** What stands at an x, in words; a step where nothing is given. */
  place?: (x: number) => string;
  /** The values at an x in full, where the figure's points are thinned. */
  exact?: (x: number, signal: AbortSignal) => Promise<readonly Row[]>;
  /** The cursor that several charts share. */
  cursor?: Signal<number | null>;
}

export function Chart(props: Props) {
  const { figure, version, urgentKey, live, label, testid, events } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Plot | null>(null);
  const handlers = useRef<Events>({});
  const newest = useRef(figure);
  const lastKey = useRef<unknown>(null);
  /** What was done on the chart last: done again once the cursor has been fetched. */
  const early = useRef<PointerEvent | KeyboardEvent | null>(null);
  const painted = useSignal<Painted | null>(null);
  const own = useSignal<number | null>(null);
  const [awake, setAwake] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  handlers.current = events ?? {};
  newest.current = figure;

  useEffect(() => {
    if (!place.current) return;
    chart.current = plot(place.current, {
      zoom: (first, last) => handlers.current.zoom?.(first, last),
      reset: (at) => handlers.current.reset?.(at),
      pick: (x, noting) => handlers.current.pick?.(x, noting),
      painted: (what) => (painted.value = what),
      failed: (error) => setBroken(String(error)),
    });
    return () => {
      chart.current?.destroy();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const pixels = place.current?.clientWidth ?? 1;
    const rest = live ? restFor(live.span, pixels, live.rate) : 0;
    chart.current?.draw(() => newest.current(), lastKey.current !== urgentKey, rest);
    lastKey.current = urgentKey;
  }, [version, urgentKey]);

  const cursor = props.cursor ?? own;
  const wake = (): void => setAwake(true);
  return (
    <figure class={`chart ${props.class ?? ""}`} aria-label={label} data-testid={testid}>
      <div
        class="chart-area"
        ref={place}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move a cursor along the curves
        tabIndex={0}
        role="application"
        aria-roledescription="chart"
        aria-label={`${label}. Arrow keys read it off, plus and minus zoom, T shows a table.`}
        onFocus={wake}
        onPointerEnter={wake}
        onPointerDown={(event) => (early.current = event)}
        onPointerMove={(event) => (early.current = event)}
        onKeyDown={(event) => (early.current = event)}
      />
      <Ends painted={painted} />
      {(awake || cursor.value !== null) && painted.value && (
        <Cursor
          {...props}
          events={events ?? {}}
          cursor={cursor}
          area={place}
          early={early}
          painted={painted.value}
        />
      )}
      {broken !== null && (
        <p class="chart-broken" role="alert">
          The chart could not be drawn: {broken}. Reload the page.
        </p>
      )}
    </figure>
  );
}
