/** The design page's state: the draft, what the server says of it, and the last good curve. */

import { batch, computed, effect, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Diagnostic, Language, Preset, PreviewAnswer, PreviewRequest, Problem } from "../api/types.ts";
import type { Range, Scale } from "../chart/axis.ts";
import { latest, onward } from "../lib/latest.ts";
import { type Draft, FIRST, fromHash } from "./draft.ts";
import type { GhostCurve } from "./figure.ts";
import { type Ghost, ghostsOf, toLink } from "./ghosts.ts";
import { FIRST_TRACE, sourceOf, type TraceDraft } from "./trace.ts";
import { type Unit, unitsOf } from "./units.ts";
import { viewOf } from "./view.ts";

const KEY = "rheostat.design";
const SETTINGS = "rheostat.design.settings";
const GHOSTS_MS = 60;
/** Two frames: the eye sees no more of a curve that is dragged. */
const PREVIEW_MS = 33;
/** A curve under the hand is read, drawn and painted thirty times a second: it has fewer columns. */
const DRAG_COLUMNS = 240;

interface Settings {
  scale: Scale;
  unit: Unit;
  group: string | null;
  trace: TraceDraft;
}

const kept = settings();

export const draft = signal<Draft>(fromHash(location.hash) ?? fromHash(stored(KEY)) ?? FIRST);
/** Curves to compare with; a link without a design brings none, and then those kept here stay. */
export const ghosts = signal<readonly Ghost[]>(
  ghostsOf(fromHash(location.hash) ? location.hash : stored(KEY)),
);
export const ghostCurves = signal<readonly GhostCurve[]>([]);
export const group = signal<string | null>(kept.group ?? null);
export const scale = signal<Scale>(kept.scale ?? "linear");
/** What the step axis is labelled in, where the answer knows it. */
export const unit = signal<Unit>(kept.unit ?? "steps");
export const zoom = signal<Range | null>(null);
export const width = signal(900);
export const language = signal<Language | null>(null);
export const presets = signal<readonly Preset[]>([]);
/** What a plateau is tried on. */
export const trace = signal<TraceDraft>({ ...FIRST_TRACE, ...kept.trace });

/** The answer to the newest question. */
export const answer = signal<PreviewAnswer | null>(null);
/** The last answer with a curve: it stays on the screen, greyed, while the text has errors. */
export const good = signal<PreviewAnswer | null>(null);
/** The text that `good` is the curve of. */
export const goodText = signal("");
/** What the chart goes on showing while a handle is dragged, until the answer to its last text is there. */
export const held = signal<PreviewAnswer | null>(null);
export const dragging = signal(false);
export const problem = signal<Problem | null>(null);

/** What the plateaus of the text watch; empty where it has none. */
export const metrics = computed<string[]>(() => good.value?.metrics ?? []);
export const diagnostics = computed<Diagnostic[]>(() => answer.value?.diagnostics ?? []);
export const stale = computed(() => problem.value !== null || answer.value?.ok === false);

let before: Draft = draft.peek();
/** The design but for a drag that is under way: what need not follow the hand follows this. */
export const rested = computed<Draft>(() => {
  if (!dragging.value) before = draft.value;
  return before;
});

/** What the chart shows. */
export const charted = computed(() => held.value ?? good.value);
export const view = computed(() => {
  const others = charted.value?.curves.map(({ y }) => ({ y, total: 0 })) ?? [];
  return viewOf(charted.value, [...others, ...ghostCurves.value], scale.value, zoom.value);
});
/** The unit in use: the chosen one, as long as the text knows it. */
export const shownUnit = computed<Unit>(() =>
  unitsOf(charted.value).includes(unit.value) ? unit.value : "steps",
);

function stored(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then the link alone keeps the design.
  }
}

function settings(): Partial<Settings> {
  try {
    return JSON.parse(stored(SETTINGS)) as Partial<Settings>;
  } catch {
    return {};
  }
}

/** Change some of the draft; a change of text or length leaves no zoom behind. */
export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.value, ...part };
  if (part.total !== undefined) zoom.value = null;
}

const preview = onward<PreviewRequest, PreviewAnswer>(
  api.preview,
  (found, { text, width: columns }) =>
    batch(() => {
      problem.value = null;
      answer.value = found;
      if (found.ok) {
        good.value = found;
        goodText.value = text;
      }
      const whole = columns === width.value;
      if (!dragging.value && text === draft.value.text && whole) held.value = null;
    }),
  (error) => {
    problem.value = problemFrom(error);
    if (!dragging.value) held.value = null;
  },
  PREVIEW_MS,
);

const compare = latest<PreviewRequest[], GhostCurve[]>(
  GHOSTS_MS,
  async (requests, signal) => {
    const answers = await Promise.all(requests.map((request) => api.preview(request, signal)));
    return answers.flatMap(({ ok, x, y, analysis }, at) => {
      const ghost = ghosts.peek()[at];
      return ok && ghost
        ? [{ name: ghost.name, colour: ghost.colour, x, y, total: analysis?.total ?? 0 }]
        : [];
    });
  },
  (curves) => {
    ghostCurves.value = curves;
  },
  () => {},
);

const remember = latest<string, void>(
  250,
  async (hash) => {
    history.replaceState(history.state, "", `#${hash}`);
    keep(KEY, hash);
  },
  () => {},
  () => {},
);

/** The question for a design, over the stretch in view. */
function requestFor({ text, base, total, epoch }: Draft): PreviewRequest {
  const [first, last] = zoom.value ?? [null, null];
  return {
    text,
    base,
    total,
    epoch,
    width: width.value,
    from_step: first === null ? null : Math.max(0, Math.floor(first)),
    to_step: last === null ? null : Math.ceil(last),
  };
}

/** The question for the design on the page, with all that is shown of it. */
export function question(): PreviewRequest {
  return {
    ...requestFor(draft.value),
    width: dragging.value ? Math.min(DRAG_COLUMNS, width.value) : width.value,
    group: group.value,
    trace: draft.value.text.includes("plateau") ? sourceOf(trace.value) : null,
    handles: true,
    each_group: draft.value.text.includes("group"),
  };
}

function ask(): void {
  preview.ask(question());
}

/** Show the design that the address holds, if it holds one. */
function takeLink(): void {
  const linked = fromHash(location.hash);
  if (!linked) return;
  batch(() => {
    draft.value = linked;
    ghosts.value = ghostsOf(location.hash);
  });
}

/** Keep the page's state in step with the draft while the page is open. */
export function open(): () => void {
  takeLink();
  // A link that is pasted while the page is open changes the address and loads nothing.
  addEventListener("hashchange", takeLink);
  void loadLanguage();
  const stops = [
    effect(ask),
    effect(() => compare.ask(ghosts.value.map(requestFor))),
    effect(() => remember.ask(toLink(rested.value, ghosts.value))),
    effect(() => {
      const now: Settings = { scale: scale.value, unit: unit.value, group: group.value, trace: trace.value };
      keep(SETTINGS, JSON.stringify(now));
    }),
  ];
  return () => {
    removeEventListener("hashchange", takeLink);
    for (const stop of stops) stop();
    preview.stop();
    compare.stop();
    held.value = null;
    remember.stop();
  };
}

/** Ask again, after a failure. */
export function retry(): void {
  ask();
  void loadLanguage();
}

async function loadLanguage(): Promise<void> {
  if (language.value) return;
  try {
    language.value = await api.language();
    presets.value = (await api.presets()).presets;
  } catch {
    // The preview that runs at the same time says what is wrong with the server.
  }
}
