/** `colour` (as computed styles spell it: `rgb(…)`) with its opacity set to `alpha`. */
export function faded(colour: string, alpha: number): string {
  const parts = colour.match(/[\d.]+/g);
  return parts ? `rgba(${parts.slice(0, 3).join(", ")}, ${alpha})` : colour;
}
