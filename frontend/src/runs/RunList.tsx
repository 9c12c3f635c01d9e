/** The rows of the list: only those near the screen are made, so that 500 runs scroll as 5 do. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../lib/keys.ts";
import { isPhone } from "../lib/screen.ts";
import { go } from "../shell/navigation.ts";
import { type Column, turned } from "./order.ts";
import { RunRow } from "./RunRow.tsx";
import { check, cursor, editing, rows, show, shown } from "./store.ts";
import { rowsInView, toReveal } from "./window.ts";

/** Heights of rows in pixels, as the stylesheet has them. */
const ROW = 75;
const PHONE_ROW = 248;

/** The columns by name; the sparkline has none to sort by. */
const HEADS: readonly (readonly [Column, string] | null)[] = [
  ["name", "Run"],
  ["state", "State"],
  ["step", "Step"],
  ["lr", "lr"],
  ["value", "Metric"],
  null,
  ["started", "Started"],
  ["heard", "Heard"],
];

export function RunList() {
  const place = useRef<HTMLUListElement>(null);
  const view = useSignal({ top: 0, screen: innerHeight, row: ROW });
  useEffect(() => {
    function look(): void {
      const top = -(place.current?.getBoundingClientRect().top ?? 0);
      view.value = { top, screen: innerHeight, row: isPhone() ? PHONE_ROW : ROW };
    }
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, []);
  useKeys({
    j: () => step(1, view.value),
    k: () => step(-1, view.value),
    x: () => withCursor((id) => check(id)),
    e: () => withCursor((id) => (editing.value = id)),
    Enter: () => withCursor((id) => go({ page: "run", id })),
  });
  const all = rows.value;
  const { top, screen, row } = view.value;
  const { first, last } = rowsInView(top, screen, row, all.length);
  return (
    <>
      <Heads />
      <ul ref={place} aria-label="Runs" style={{ height: `${all.length * row}px` }} class="run-rows">
        {all.slice(first, last).map((run, at) => (
          <li key={run.id} style={{ top: `${(first + at) * row}px`, height: `${row}px` }}>
            <RunRow run={run} marked={first + at === cursor.value} />
          </li>
        ))}
      </ul>
    </>
  );
}

function withCursor(act: (id: string) => void): void {
  const run = rows.value[cursor.value];
  if (run && editing.value === null && document.activeElement?.tagName !== "BUTTON") act(run.id);
}

function step(by: 1 | -1, { top, screen, row }: { top: number; screen: number; row: number }): void {
  const last = rows.value.length - 1;
  cursor.value = Math.max(0, Math.min(last, cursor.value + by));
  scrollBy(0, toReveal(cursor.value, top, screen, row));
}

function Heads() {
  return (
    <div class="run-row run-head">
      <span />
      {HEADS.map((head) =>
        head === null ? <span key="sparkline" /> : <Head key={head[0]} column={head[0]} words={head[1]} />,
      )}
    </div>
  );
}

function Head({ column, words }: { column: Column; words: string }) {
  const { order } = shown.value;
  const here = order.by === column;
  return (
    <button
      type="button"
      aria-pressed={here}
      title={`Sort by ${words.toLowerCase()}`}
      onClick={() => show({ order: turned(order, column) })}
    >
      {words}
      <span aria-hidden="true">{here ? (order.down ? " ↓" : " ↑") : ""}</span>
      {here && <span class="hidden">{order.down ? ", descending" : ", ascending"}</span>}
    </button>
  );
}
