/** How the list is sorted and filtered, as it stands in the address. Pure. */

import type { RunSummary } from "../api/types.ts";

export const COLUMNS = ["started", "name", "state", "step", "lr", "value", "heard"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  by: Column;
  /** Largest or latest first. */
  down: boolean;
}

export const NEWEST: Order = { by: "started", down: true };
/** Words begin with A, numbers with the largest. */
const UP_FIRST: readonly Column[] = ["name", "state"];

/** The order after a click on the head of `column`: its own, then the other way round, then as it was at first. */
export function turned(order: Order, column: Column): Order {
  const natural = !UP_FIRST.includes(column);
  if (order.by !== column) return { by: column, down: natural };
  return order.down === natural ? { by: column, down: !natural } : NEWEST;
}

type Key = string | number | null;

function keyOf(run: RunSummary, column: Column): Key {
  switch (column) {
    case "started":
      return run.started_at;
    case "name":
      return run.name.toLowerCase();
    case "state":
      return run.state;
    case "step":
      return run.step;
    case "lr":
      return run.groups[0]?.effective ?? run.groups[0]?.planned ?? null;
    case "value":
      return run.value;
    case "heard":
      return run.heard_at;
  }
}

/** The runs in order; what has no such value stands last either way, equal ones newest first. */
export function ordered(runs: readonly RunSummary[], { by, down }: Order): RunSummary[] {
  return runs.toSorted((one, other) => {
    const [a, b] = [keyOf(one, by), keyOf(other, by)];
    const rest = other.started_at - one.started_at || one.id.localeCompare(other.id);
    if (a === b) return rest;
    if (a === null) return 1;
    if (b === null) return -1;
    return (a < b ? -1 : 1) * (down ? -1 : 1);
  });
}

/** What of the list stands in the address. */
export interface Shown {
  typed: string;
  order: Order;
  archived: boolean;
}

export function fromQuery(query: string): Shown {
  const search = new URLSearchParams(query);
  const by = COLUMNS.find((column) => column === search.get("sort"));
  return {
    typed: search.get("q") ?? "",
    order: by ? { by, down: search.get("order") !== "up" } : NEWEST,
    archived: search.has("archived"),
  };
}

export function toQuery({ typed, order, archived }: Shown): string {
  const search = new URLSearchParams();
  if (typed) search.set("q", typed);
  if (order.by !== NEWEST.by || !order.down) {
    search.set("sort", order.by);
    search.set("order", order.down ? "down" : "up");
  }
  if (archived) search.set("archived", "1");
  const text = search.toString();
  return text && `?${text}`;
}
