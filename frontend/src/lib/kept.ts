/** Signals whose value this browser keeps. */

import { effect, type Signal, signal } from "@preact/signals";

/** A signal that begins with what was kept under `name`, where `usable` accepts that, and keeps what it becomes. */
export function kept<T>(name: string, start: T, usable: (value: unknown) => value is T): Signal<T> {
  const key = `rheostat.${name}`;
  const found = signal<T>(read(key, start, usable));
  effect(() => {
    const text = JSON.stringify(found.value);
    try {
      localStorage.setItem(key, text);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  });
  return found;
}

function read<T>(key: string, start: T, usable: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return usable(value) ? value : start;
  } catch {
    return start;
  }
}

/** Accepts only one of `values`. */
export function oneOf<T>(...values: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => values.includes(value as T);
}
