/** Series on the client: joining what the server sent at first with what arrives live, in bounded memory. */

import type { Series } from "../api/types.ts";

export const EMPTY: Series = { x: [], y: [], marks: [], total: 0 };

/** Where `step` stands in ascending `x`: the count of entries below it. */
export function rank(x: readonly number[], step: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The points with first <= step < last; `total` is what is left in view. */
export function slice(series: Series, first: number, last: number): Series {
  const from = rank(series.x, first);
  const to = rank(series.x, last);
  return {
    x: series.x.slice(from, to),
    y: series.y.slice(from, to),
    marks: series.marks.filter((mark) => mark.step >= first && mark.step < last),
    total: to - from,
  };
}

/**
 * `more` after `current`. Where they overlap the later one wins: a job that went back to a checkpoint takes
 * its steps again. Above `cap` points the whole is thinned to half of it.
 */
export function append(current: Series, more: Series, cap: number): Series {
  const start = Math.min(
    more.x[0] ?? Number.POSITIVE_INFINITY,
    more.marks[0]?.step ?? Number.POSITIVE_INFINITY,
  );
  if (start === Number.POSITIVE_INFINITY) return current;
  const kept = rank(current.x, start);
  const replaced = current.x.length - kept;
  const joined: Series = {
    x: current.x.slice(0, kept).concat(more.x),
    y: current.y.slice(0, kept).concat(more.y),
    marks: current.marks.filter((mark) => mark.step < start).concat(more.marks),
    total: Math.max(0, current.total - replaced) + more.total,
  };
  return joined.x.length > cap ? thin(joined, Math.max(1, cap >> 2)) : joined;
}

/** At most two points (least and greatest, exact) for each of `buckets` equal step ranges; the ends stay. */
export function thin(series: Series, buckets: number): Series {
  const { x, y } = series;
  const size = x.length;
  if (size <= 2 * buckets + 2) return series;
  const first = x[0] as number;
  const span = (x[size - 1] as number) - first + 1;
  const chosen: number[] = [0];
  let at = 0;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const end = first + ((bucket + 1) * span) / buckets;
    let least = -1;
    let greatest = -1;
    for (; at < size && ((x[at] as number) < end || bucket === buckets - 1); at += 1) {
      if (least < 0 || (y[at] as number) < (y[least] as number)) least = at;
      if (greatest < 0 || (y[at] as number) > (y[greatest] as number)) greatest = at;
    }
    if (least < 0) continue;
    chosen.push(Math.min(least, greatest), Math.max(least, greatest));
  }
  chosen.push(size - 1);
  const unique = chosen.filter((index, place) => place === 0 || index > (chosen[place - 1] as number));
  return {
    x: unique.map((index) => x[index] as number),
    y: unique.map((index) => y[index] as number),
    marks: series.marks,
    total: series.total,
  };
}

/** `fine` laid over `coarse` where it has been fetched: [first, last) comes from `fine`, the rest stays. */
export function overlay(coarse: Series, fine: Series, first: number, last: number): Series {
  const before = slice(coarse, 0, first);
  const after = slice(coarse, last, Number.POSITIVE_INFINITY);
  return {
    x: [...before.x, ...fine.x, ...after.x],
    y: [...before.y, ...fine.y, ...after.y],
    marks: [...before.marks, ...fine.marks, ...after.marks],
    total: coarse.total,
  };
}

/** Least and greatest value, or null where there is no point. */
export function extent(values: readonly number[]): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}
