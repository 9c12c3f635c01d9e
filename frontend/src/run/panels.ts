/** The panels of the other metrics: in which order they stand, and which are hidden. Pure. */

export interface Arrangement {
  /** Metrics that stand first, in this order. */
  pinned: readonly string[];
  /** The order of the others, as far as somebody chose one. */
  order: readonly string[];
  hidden: readonly string[];
}

export const UNARRANGED: Arrangement = { pinned: [], order: [], hidden: [] };

export interface Shown {
  shown: string[];
  hidden: string[];
}

/** The metrics beside the main one, each once: pinned first, then as ordered, then new ones as they came. */
export function arranged(metrics: readonly string[], main: string | null, by: Arrangement): Shown {
  const known = metrics.filter((name) => name !== main);
  const wanted = [...by.pinned, ...by.order].filter((name) => known.includes(name));
  const all = [...new Set([...wanted, ...known])];
  return {
    shown: all.filter((name) => !by.hidden.includes(name)),
    hidden: all.filter((name) => by.hidden.includes(name)),
  };
}

const without = (names: readonly string[], name: string): string[] => names.filter((one) => one !== name);

export function pin(by: Arrangement, name: string): Arrangement {
  const pinned = by.pinned.includes(name);
  return { ...by, pinned: pinned ? without(by.pinned, name) : [...by.pinned, name] };
}

export function hide(by: Arrangement, name: string): Arrangement {
  return { ...by, pinned: without(by.pinned, name), hidden: [...without(by.hidden, name), name] };
}

export function show(by: Arrangement, name: string): Arrangement {
  return { ...by, hidden: without(by.hidden, name) };
}

/** `name` one place earlier (-1) or later (+1) among the panels `shown`; pinned ones stay before the others. */
export function move(by: Arrangement, shown: readonly string[], name: string, places: 1 | -1): Arrangement {
  const at = shown.indexOf(name);
  const other = shown[at + places];
  if (at < 0 || other === undefined) return by;
  const isPinned = by.pinned.includes(name);
  if (isPinned !== by.pinned.includes(other)) return by;
  const moved = shown.map((one) => (one === name ? other : one === other ? name : one));
  const pinned = moved.filter((one) => by.pinned.includes(one));
  return { ...by, pinned, order: moved.filter((one) => !by.pinned.includes(one)) };
}

export function isArrangement(value: unknown): value is Arrangement {
  if (typeof value !== "object" || value === null) return false;
  const lists = value as Record<string, unknown>;
  return ["pinned", "order", "hidden"].every(
    (key) => Array.isArray(lists[key]) && (lists[key] as unknown[]).every((one) => typeof one === "string"),
  );
}
