/** One of a few, side by side. */

interface Props<T extends string> {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T | null;
  choose: (value: T) => void;
}

export function Choice<T extends string>({ label, options, value, choose }: Props<T>) {
  return (
    <fieldset class="choice" aria-label={label}>
      {options.map(([option, text]) => (
        <button type="button" key={option} aria-pressed={option === value} onClick={() => choose(option)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
