/** A new schedule for the rest of the run: drawn, or written. */

import type { GroupLr, RunDetail } from "../api/types.ts";
import { DrawPad } from "./DrawPad.tsx";
import type { Fields } from "./form.ts";

/** Room to draw above the highest lr of now and the plan. */
const HEADROOM = 1.25;

interface Props {
  fields: Fields;
  set: (changes: Partial<Fields>) => void;
  detail: RunDetail;
  group: GroupLr | undefined;
}

export function SwapFields({ fields, set, detail, group }: Props) {
  const rest = Math.max(1, (detail.total ?? detail.step * 2) - detail.step);
  const lr = group?.effective ?? group?.planned ?? 0;
  const peak = Math.max(lr, group?.planned ?? 0, ...Object.values(detail.plan.base));
  return (
    <>
      {lr > 0 && (
        <DrawPad
          rest={rest}
          lr={lr}
          top={peak * HEADROOM}
          drawn={(schedule) => set({ schedule, fromHere: true })}
        />
      )}
      <label class="field">
        <span>Schedule for the rest of the run: draw it, or write it</span>
        <textarea
          rows={3}
          spellcheck={false}
          data-testid="swap-text"
          placeholder="cosine -> 0"
          value={fields.schedule}
          onInput={(event) => set({ schedule: event.currentTarget.value })}
        />
      </label>
      <div class="checks">
        <Check label="starts at this step" value={fields.fromHere} set={(fromHere) => set({ fromHere })} />
        <Check
          label="scaled to begin at the present lr"
          value={fields.continuous}
          set={(continuous) => set({ continuous })}
        />
      </div>
    </>
  );
}

function Check({ label, value, set }: { label: string; value: boolean; set: (value: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => set(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
