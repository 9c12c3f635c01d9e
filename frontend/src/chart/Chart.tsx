/** A chart as a component: it draws whatever figure it is given and tells of zoom and hover. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Figure } from "./layout.ts";
import { restFor } from "./pace.ts";
import { type Events, type Plot, plot } from "./plotly.ts";

interface Props {
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
}

export function Chart({ figure, version, urgentKey, live, label, testid, events, class: name }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Plot | null>(null);
  const handlers = useRef<Events>({});
  const newest = useRef(figure);
  const lastKey = useRef<unknown>(null);
  const [broken, setBroken] = useState<string | null>(null);
  handlers.current = events ?? {};
  newest.current = figure;

  useEffect(() => {
    if (!place.current) return;
    chart.current = plot(
      place.current,
      {
        zoom: (first, last) => handlers.current.zoom?.(first, last),
        reset: () => handlers.current.reset?.(),
        hover: (x) => handlers.current.hover?.(x),
        pick: (x, noting) => handlers.current.pick?.(x, noting),
      },
      (error) => setBroken(String(error)),
    );
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

  return (
    <figure class={`chart ${name ?? ""}`} aria-label={label} data-testid={testid}>
      <div class="chart-area" ref={place} />
      {broken !== null && (
        <p class="chart-broken" role="alert">
          The chart could not be drawn: {broken}. Reload the page.
        </p>
      )}
    </figure>
  );
}
