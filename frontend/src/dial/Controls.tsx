/** What the dial can do: quick turns, or a verb with its values and how long it holds. Arms, never applies. */

import { type Signal, useSignal } from "@preact/signals";
import type { CommandRequest, GroupLr, RunDetail } from "../api/types.ts";
import * as format from "../lib/format.ts";
import { Choice } from "../shell/Choice.tsx";
import { DrawPad } from "./DrawPad.tsx";
import {
  BLANK,
  type Field,
  type Fields,
  type Filled,
  requestOf,
  type Until,
  VERBS,
  type Verb,
} from "./form.ts";
import type { DialStore } from "./store.ts";

const NUDGES = [0.5, 0.8, 1.25] as const;
/** Room to draw above the highest lr of now and the plan. */
const HEADROOM = 1.25;

interface Props {
  dial: DialStore;
  detail: RunDetail;
  targets: string[] | null;
  group: GroupLr | undefined;
}

export function Controls({ dial, detail, targets, group }: Props) {
  const fields = useSignal<Fields>(BLANK);
  const at = dial.state.value.at;
  const filled = requestOf(fields.value, targets, detail.step);
  const allowed = detail.limits.kinds;
  const forbidden = VERBS.filter(([verb]) => !allowed.includes(verb)).map(([, words]) => words.toLowerCase());
  const set = (changes: Partial<Fields>): void => {
    fields.value = { ...fields.value, ...changes };
  };
  return (
    <form
      class="controls"
      hidden={at === "armed"}
      onSubmit={(event) => {
        event.preventDefault();
        if (filled.ok) dial.arm(filled.request);
      }}
    >
      <Quick dial={dial} fields={fields} targets={targets} detail={detail} group={group} />
      <Choice
        label="What to do"
        options={VERBS.filter(([verb]) => allowed.includes(verb))}
        value={fields.value.verb}
        choose={(verb: Verb) => set({ verb })}
      />
      <VerbFields fields={fields.value} set={set} filled={filled} detail={detail} group={group} />
      {fields.value.verb !== "release" && <Duration fields={fields.value} set={set} filled={filled} />}
      <div class="hold-row">
        <Text
          label="Reason"
          testid="reason"
          placeholder="optional, kept in the log"
          value={fields.value.reason}
          set={(reason) => set({ reason })}
        />
        <button type="submit" class="button" data-testid="arm" disabled={at === "sending" || !filled.ok}>
          Arm
        </button>
      </div>
      {!filled.ok && filled.fault && <p class="field-fault">{filled.fault}</p>}
      {forbidden.length > 0 && (
        <p class="muted small-print">This job's limits do not allow others to {forbidden.join(" or ")}.</p>
      )}
    </form>
  );
}

interface QuickProps extends Props {
  fields: Signal<Fields>;
}

/** The usual turns, one press each; how long and why is as filled in below. */
function Quick({ dial, fields, targets, detail, group }: QuickProps) {
  const busy = dial.state.value.at === "sending";
  const present = group?.effective ?? group?.planned ?? null;
  const turn = (request: CommandRequest): Filled => {
    const values = { factor: String(request.factor ?? ""), value: String(request.value ?? "") };
    const verb = request.kind === "hold" ? "hold" : "scale";
    return requestOf({ ...fields.value, ...values, verb }, targets, detail.step);
  };
  const button = (words: string, testid: string, request: CommandRequest) => {
    const filled = turn(request);
    return (
      <button
        type="button"
        key={testid}
        class="button nudge num"
        data-testid={testid}
        disabled={busy || !filled.ok}
        onClick={() => filled.ok && dial.arm(filled.request)}
      >
        {words}
      </button>
    );
  };
  return (
    <div class="nudges">
      {NUDGES.map((factor) => button(`×${factor}`, `nudge-${factor}`, { kind: "scale", factor }))}
      {present !== null && button("hold", "hold-now", { kind: "hold", value: present })}
    </div>
  );
}

interface PartProps {
  fields: Fields;
  set: (changes: Partial<Fields>) => void;
  filled: Filled;
}

interface VerbProps extends PartProps {
  detail: RunDetail;
  group: GroupLr | undefined;
}

function VerbFields({ fields, set, filled, detail, group }: VerbProps) {
  const present = format.lrExact(group?.effective ?? group?.planned);
  const bad = (field: Field): boolean => !filled.ok && filled.field === field && filled.fault !== "";
  switch (fields.verb) {
    case "scale":
      return (
        <Text
          label="Factor"
          testid="factor"
          placeholder="0.3"
          value={fields.factor}
          bad={bad("factor")}
          set={(factor) => set({ factor })}
        />
      );
    case "hold":
      return (
        <Text
          label="lr"
          testid="set-value"
          placeholder={present}
          value={fields.value}
          bad={bad("value")}
          set={(value) => set({ value })}
        />
      );
    case "ramp":
      return (
        <div class="hold-row">
          <Text
            label="To lr"
            testid="set-value"
            placeholder={present}
            value={fields.value}
            bad={bad("value")}
            set={(value) => set({ value })}
          />
          <Text
            label="Over steps"
            testid="over"
            placeholder="500"
            value={fields.over}
            bad={bad("over")}
            set={(over) => set({ over })}
          />
        </div>
      );
    case "swap":
      return <SwapFields fields={fields} set={set} filled={filled} detail={detail} group={group} />;
    case "release":
      return (
        <Text
          label="Back to the schedule over steps"
          testid="over"
          placeholder="at once"
          value={fields.over}
          bad={bad("over")}
          set={(over) => set({ over })}
        />
      );
  }
}

function SwapFields({ fields, set, detail, group }: VerbProps) {
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

const UNTIL: readonly (readonly [Until, string])[] = [
  ["cleared", "until cleared"],
  ["steps", "for steps"],
  ["step", "until step"],
];

function Duration({ fields, set, filled }: PartProps) {
  const bad = !filled.ok && filled.field === "end" && filled.fault !== "";
  return (
    <div class="hold-row">
      <label class="field">
        <span>Holds</span>
        <select
          class="quiet"
          data-testid="until"
          value={fields.until}
          onChange={(event) => set({ until: event.currentTarget.value as Until })}
        >
          {UNTIL.map(([until, words]) => (
            <option key={until} value={until}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {fields.until !== "cleared" && (
        <Text
          label={fields.until === "steps" ? "Steps" : "Step"}
          testid="for-steps"
          placeholder={fields.until === "steps" ? "200" : "5,000"}
          value={fields.end}
          bad={bad}
          set={(end) => set({ end })}
        />
      )}
    </div>
  );
}

interface TextProps {
  label: string;
  testid: string;
  placeholder: string;
  value: string;
  bad?: boolean;
  set: (value: string) => void;
}

function Text({ label, testid, placeholder, value, bad, set }: TextProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="num"
        data-testid={testid}
        autocomplete="off"
        maxLength={500}
        placeholder={placeholder}
        value={value}
        aria-invalid={bad ?? false}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
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
