/** Curves pinned to compare with: at most four, each with a name and a colour, spelled into the link. Pure. */

import { type Draft, fromHash, toHash } from "./draft.ts";

export interface Ghost extends Draft {
  name: string;
  /** Its place among the colours, from 0. */
  colour: number;
}

export const MOST_GHOSTS = 4;
/** Colours that ghosts take, from the far end of those of groups, and dashes, so that colour is not all that tells them apart. */
export const GHOST_COLOURS = [5, 4, 3, 2] as const;
export const DASHES = ["dash", "dot", "dashdot", "longdash"] as const;

/** The ghosts with the present design as one more; as they were where there are four. */
export function pinned(ghosts: readonly Ghost[], draft: Draft): readonly Ghost[] {
  if (ghosts.length >= MOST_GHOSTS) return ghosts;
  const taken = new Set(ghosts.map(({ colour }) => colour));
  const colour = DASHES.findIndex((_, index) => !taken.has(index));
  const names = new Set(ghosts.map(({ name }) => name));
  const letter = ["A", "B", "C", "D"].find((one) => !names.has(one)) ?? "A";
  return [...ghosts, { ...draft, name: letter, colour }];
}

export function renamed(ghosts: readonly Ghost[], index: number, name: string): readonly Ghost[] {
  return ghosts.map((ghost, at) => (at === index ? { ...ghost, name } : ghost));
}

export function without(ghosts: readonly Ghost[], index: number): readonly Ghost[] {
  return ghosts.filter((_, at) => at !== index);
}

/** A design with its ghosts, as the part of a link after `#`. */
export function toLink(draft: Draft, ghosts: readonly Ghost[]): string {
  const search = new URLSearchParams(toHash(draft));
  for (const ghost of ghosts) {
    const one = new URLSearchParams({ name: ghost.name, colour: String(ghost.colour) });
    search.append("ghost", `${one}&${toHash(ghost)}`);
  }
  return search.toString();
}

/** The ghosts of a link; what makes no sense is left out. */
export function ghostsOf(hash: string): Ghost[] {
  const found = new URLSearchParams(hash.replace(/^#/, "")).getAll("ghost").flatMap((text) => {
    const draft = fromHash(text);
    const words = new URLSearchParams(text);
    const colour = Number(words.get("colour"));
    const known = Number.isInteger(colour) && colour >= 0 && colour < MOST_GHOSTS;
    return draft && known ? [{ ...draft, name: words.get("name") ?? "", colour }] : [];
  });
  return found.slice(0, MOST_GHOSTS);
}
