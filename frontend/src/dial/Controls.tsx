/** What the dial can do: quick turns, or a verb with its values and how long it holds. Arms, never applies. */

import { type Signal, useSignal } from "@preact/signals";
import type { CommandRequest, GroupLr, RunDetail } from "../api/types.ts";
import * as format from "../lib/format.ts";
import { Choice } from "../shell/Choice.tsx";
import { SelectField, TextField } from "../shell/Field.tsx";
import { BLANK, type Fields, type Filled, requestOf, type Until, VERBS, type Verb } from "./form.ts";
import { SwapFields } from "./SwapFields.tsx";
import type { DialStore } from "./store.ts";

const NUDGES = [0.5, 0.8, 1.25] as const;
/** Of what is typed, in characters. */
const LONGEST = 500;

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
        <TextField
          most={LONGEST}
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

interface Row {
  field: "factor" | "value" | "over";
  label: string;
  testid: string;
  /** Empty where the present lr shows how to write one. */
  hint: string;
}

const LR: Row = { field: "value", label: "lr", testid: "set-value", hint: "" };
const OVER: Row = { field: "over", label: "Over steps", testid: "over", hint: "500" };

/** What each verb is filled in with; a swap has more than a line of text. */
const ROWS: Record<Exclude<Verb, "swap">, readonly Row[]> = {
  scale: [{ field: "factor", label: "Factor", testid: "factor", hint: "0.3" }],
  hold: [LR],
  ramp: [{ ...LR, label: "To lr" }, OVER],
  release: [{ ...OVER, label: "Back to the schedule over steps", hint: "at once" }],
};

function VerbFields({ fields, set, filled, detail, group }: VerbProps) {
  const { verb } = fields;
  if (verb === "swap") return <SwapFields fields={fields} set={set} detail={detail} group={group} />;
  const present = format.lrExact(group?.effective ?? group?.planned);
  return (
    <div class="hold-row">
      {ROWS[verb].map(({ field, label, testid, hint }) => (
        <TextField
          num
          most={LONGEST}
          key={field}
          label={label}
          testid={testid}
          placeholder={hint || present}
          value={fields[field]}
          bad={!filled.ok && filled.field === field && filled.fault !== ""}
          set={(text) => set({ [field]: text })}
        />
      ))}
    </div>
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
      <SelectField
        label="Holds"
        testid="until"
        options={UNTIL}
        value={fields.until}
        choose={(until) => set({ until })}
      />
      {fields.until !== "cleared" && (
        <TextField
          num
          most={LONGEST}
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
