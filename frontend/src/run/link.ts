/** What a run's charts show, as the query of an address: whoever opens the link sees the same. Pure. */

import type { Scale } from "../chart/axis.ts";
import { MOST } from "../lib/smooth.ts";
import { type Arrangement, UNARRANGED } from "./panels.ts";
import type { AxisKind } from "./timeline.ts";
import { follow, START, type View, zoomTo } from "./view.ts";

export interface Seen {
  view: View;
  metric: string | null;
  axis: AxisKind;
  lr: Scale;
  metricScale: Scale;
  /** Panels whose axis is logarithmic. */
  logs: readonly string[];
  smoothing: number;
  clip: boolean;
  panels: Arrangement;
}

/** What a new browser shows by itself. */
export const PLAIN: Seen = {
  view: START,
  metric: null,
  axis: "step",
  lr: "log",
  metricScale: "linear",
  logs: [],
  smoothing: 0,
  clip: false,
  panels: UNARRANGED,
};
const KINDS: readonly AxisKind[] = ["step", "tokens", "relative", "wall"];

/** As `?a=b`; empty for what a new browser shows by itself. */
export function toQuery(seen: Seen): string {
  const { view, panels } = seen;
  const found = new URLSearchParams();
  const chosen = view.chosen.at(-1);
  if (chosen) {
    found.set("from", String(Math.round(chosen[0])));
    found.set("to", String(Math.round(chosen[1])));
  } else if (view.following === "recent") found.set("follow", "recent");
  if (seen.metric) found.set("metric", seen.metric);
  if (seen.axis !== "step") found.set("by", seen.axis);
  if (seen.lr === "linear") found.set("lr", "linear");
  if (seen.metricScale === "log") found.set("log", "1");
  if (seen.smoothing > 0) found.set("smooth", String(seen.smoothing));
  if (seen.clip) found.set("clip", "1");
  for (const name of seen.logs) found.append("logged", name);
  for (const name of panels.pinned) found.append("pin", name);
  for (const name of panels.order) found.append("order", name);
  for (const name of panels.hidden) found.append("hide", name);
  const text = found.toString();
  return text ? `?${text}` : "";
}

/** What a query says; null where it says nothing of a view, and this browser's own choices stand. */
export function fromQuery(query: string): Seen | null {
  const said = new URLSearchParams(query);
  if ([...said.keys()].length === 0) return null;
  const [from, to] = [said.get("from"), said.get("to")].map((text) => (text ? Number(text) : Number.NaN));
  const zoomed = Number.isFinite(from) && Number.isFinite(to);
  const following = follow(START, said.get("follow") === "recent" ? "recent" : "whole");
  const smoothing = Number(said.get("smooth") ?? 0);
  return {
    ...PLAIN,
    view: zoomed ? zoomTo(following, from as number, to as number) : following,
    metric: said.get("metric"),
    axis: KINDS.find((kind) => kind === said.get("by")) ?? "step",
    lr: said.get("lr") === "linear" ? "linear" : "log",
    metricScale: said.get("log") === "1" ? "log" : "linear",
    logs: said.getAll("logged"),
    smoothing: smoothing >= 0 && smoothing <= MOST ? smoothing : 0,
    clip: said.get("clip") === "1",
    panels: { pinned: said.getAll("pin"), order: said.getAll("order"), hidden: said.getAll("hide") },
  };
}
