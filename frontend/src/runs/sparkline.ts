/** The path of a sparkline: a gap where there is no number, the whole height for what there is. Pure. */

import { extent } from "../lib/series.ts";

/** An SVG path in a box of `width` by `height`; empty when there is nothing to draw. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const known = values.filter((value): value is number => value !== null);
  const range = extent(known);
  if (!range || values.length < 2) return "";
  const [low, high] = range;
  const pad = 1.5;
  const x = (index: number): number => pad + (index / (values.length - 1)) * (width - 2 * pad);
  const y = (value: number): number =>
    high === low ? height / 2 : height - pad - ((value - low) / (high - low)) * (height - 2 * pad);
  let pen = "M";
  let path = "";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    path += `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
  });
  return path;
}
