/** A label over what is typed or chosen: the row that forms are made of. */

import type { ComponentChildren } from "preact";

interface TextProps {
  label: ComponentChildren;
  value: string;
  set: (value: string) => void;
  testid?: string;
  placeholder?: string;
  /** Numbers and code, in figures of one width. */
  num?: boolean;
  bad?: boolean;
  disabled?: boolean;
  /** The longest text, in characters. */
  most?: number;
}

export function TextField({ label, value, set, testid, placeholder, num, bad, disabled, most }: TextProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class={num ? "num" : ""}
        data-testid={testid}
        autocomplete="off"
        maxLength={most}
        placeholder={placeholder}
        disabled={disabled}
        value={value}
        aria-invalid={bad ?? false}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  );
}

interface SelectProps<T extends string> {
  label: ComponentChildren;
  options: readonly (readonly [T, string])[];
  value: T;
  choose: (value: T) => void;
  testid?: string;
  narrow?: boolean;
}

export function SelectField<T extends string>(props: SelectProps<T>) {
  const { label, options, value, choose, testid, narrow } = props;
  return (
    <label class={`field ${narrow ? "narrow" : ""}`}>
      <span>{label}</span>
      <select
        class="quiet"
        data-testid={testid}
        value={value}
        onChange={(event) => choose(event.currentTarget.value as T)}
      >
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
