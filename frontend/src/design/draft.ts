/** The design on the page, and its spelling in a link. Pure. */

export interface Draft {
  text: string;
  base: number | null;
  total: number | null;
  epoch: number | null;
}

export const FIRST: Draft = {
  text: "linear 0 -> 1x for 5%\nhold\nsqrt -> 0.1x for 20%",
  base: 3e-4,
  total: 10_000,
  epoch: null,
};

/** The part of a link after `#`. */
export function toHash(draft: Draft): string {
  const search = new URLSearchParams({ s: draft.text });
  for (const name of ["base", "total", "epoch"] as const) {
    const value = draft[name];
    if (value !== null) search.set(name, String(value));
  }
  return search.toString();
}

/** The draft in a link, null where there is none. */
export function fromHash(hash: string): Draft | null {
  const search = new URLSearchParams(hash.replace(/^#/, ""));
  const text = search.get("s");
  if (text === null) return null;
  return {
    text,
    base: positive(search.get("base")),
    total: whole(search.get("total")),
    epoch: whole(search.get("epoch")),
  };
}

/** A number above 0, as `3e-4`; null for anything else. */
export function positive(text: string | null): number | null {
  const value = Number(text?.trim() || Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** A count of at least 1, also as `10k`, `2M` or `12,040`; null for anything else. */
export function whole(text: string | null): number | null {
  const found = /^(\d[\d,_ ]*(?:\.\d+)?(?:e\d+)?)\s*([kM]?)$/.exec(text?.trim() ?? "");
  if (!found) return null;
  const unit = found[2] === "M" ? 1e6 : found[2] === "k" ? 1e3 : 1;
  const value = Number((found[1] as string).replace(/[,_ ]/g, "")) * unit;
  return Number.isSafeInteger(value) && value >= 1 ? value : null;
}
