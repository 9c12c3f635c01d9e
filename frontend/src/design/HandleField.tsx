/** Typing the numbers of a handle, beside it. */

import { useEffect, useRef } from "preact/hooks";
import * as grip from "./grip.ts";
import { AXES, type Axis, type Hold, placeOf, wordsOf } from "./handles.ts";
import type { Area } from "./view.ts";

const LABELS: Record<Axis, string> = { across: "Time", up: "Value" };
const WIDTH = 190;

export function HandleField({ area }: { area: Area }) {
  const index = grip.typing.value;
  const hold = index === null ? null : grip.holdAt(index);
  return index !== null && hold ? <Form key={index} index={index} hold={hold} area={area} /> : null;
}

function Form({ index, hold, area }: { index: number; hold: Hold; area: Area }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const first = form.current?.querySelector("input");
    first?.focus();
    first?.select();
  }, []);

  function close(): void {
    grip.typing.value = null;
    document.querySelectorAll<SVGElement>(".grip")[index]?.focus();
  }

  function apply(event: Event): void {
    event.preventDefault();
    const data = new FormData(form.current ?? undefined);
    const words = Object.fromEntries(AXES.map((axis) => [axis, String(data.get(axis) ?? "")]));
    grip.typeIn(index, words);
    close();
  }

  const { step, lr } = placeOf(hold);
  const left = Math.min(Math.max(area.left, area.x(step) - WIDTH / 2), area.right - WIDTH);
  return (
    <form
      ref={form}
      class="handle-field"
      aria-label="Numbers of the handle"
      style={{
        left: `${left}px`,
        top: `${Math.min(area.y(lr) + 16, area.bottom - 110)}px`,
        width: `${WIDTH}px`,
      }}
      onSubmit={apply}
      onKeyDown={(event) => event.key === "Escape" && close()}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (to instanceof Node && !form.current?.contains(to)) grip.typing.value = null;
      }}
    >
      {AXES.map((axis) => {
        const moved = hold.handle[axis];
        return (
          moved && (
            <label key={axis}>
              <span>{LABELS[axis]}</span>
              <input name={axis} class="num" defaultValue={wordsOf(hold.text, moved)} autocomplete="off" />
            </label>
          )
        );
      })}
      <button type="submit" class="button small primary">
        Set
      </button>
    </form>
  );
}
