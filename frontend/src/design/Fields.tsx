/** What a run would supply: base lr, length, steps in an epoch. */

import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { count } from "../lib/format.ts";
import { type Draft, positive, whole } from "./draft.ts";
import { change, draft } from "./store.ts";

export function Fields() {
  return (
    <div class="fields">
      <NumberField
        name="base"
        label="Base lr"
        unit=""
        hint="Above 0, as 3e-4"
        read={positive}
        write={String}
      />
      <NumberField
        name="total"
        label="Total"
        unit="steps"
        hint="At least 1, as 10k"
        read={whole}
        write={count}
      />
      <NumberField
        name="epoch"
        label="Epoch"
        unit="steps"
        hint="At least 1, or empty"
        read={whole}
        write={count}
        optional
      />
    </div>
  );
}

interface Props {
  name: "base" | "total" | "epoch";
  label: string;
  unit: string;
  hint: string;
  read: (text: string) => number | null;
  write: (value: number) => string;
  optional?: boolean;
}

function NumberField({ name, label, unit, hint, read, write, optional }: Props) {
  const value = useComputed(() => draft.value[name]).value;
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && read(typed) === null && !(typed.trim() === "");
  const shown = typed ?? (value === null ? "" : spelled(name, value, write));

  function type(text: string): void {
    setTyped(text);
    const found = read(text);
    if (found !== null || text.trim() === "") change({ [name]: found } as Partial<Draft>);
  }

  return (
    <label class="field">
      <span>
        {label} {unit && <span class="muted">{unit}</span>}
      </span>
      <input
        inputMode="text"
        class="num"
        name={name}
        value={shown}
        placeholder={optional ? "none" : "from the text"}
        aria-invalid={wrong}
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={() => !wrong && setTyped(null)}
        autocomplete="off"
      />
      {wrong && <span class="field-fault">{hint}</span>}
    </label>
  );
}

function spelled(name: string, value: number, write: (value: number) => string): string {
  return name === "base" ? value.toExponential().replace("e+0", "") : write(value);
}
