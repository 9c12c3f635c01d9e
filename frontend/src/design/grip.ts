/** Where text and curve meet: the handle that is held, and what the one lights in the other. */

import { batch, computed, signal } from "@preact/signals";
import type { Part } from "../api/types.ts";
import type { Editor } from "./editor.ts";
import {
  type Axis,
  type Hold,
  handlesAt,
  joined,
  movedTo,
  nudged,
  stretchesOf,
  type Target,
  take,
  typed,
  written,
} from "./handles.ts";
import { keysAt, withKnot, withoutKnot } from "./knots.ts";
import type { Lit } from "./lit.ts";
import { stretchOf } from "./spans.ts";
import * as store from "./store.ts";

interface Held {
  index: number;
  first: Hold;
  now: Hold;
}

export const editor = signal<Editor | null>(null);
export const steps = signal<{ undo: number; redo: number }>({ undo: 0, redo: 0 });
/** Where the mouse and the cursor are in the text; null for elsewhere. */
export const pointedAt = signal<number | null>(null);
export const cursorAt = signal<number | null>(null);
/** The step under the mouse on the curve. */
export const stepAt = signal<number | null>(null);
/** The handle under the mouse or with the keyboard on it. */
export const touched = signal<number | null>(null);
/** The handle whose numbers are being typed. */
export const typing = signal<number | null>(null);

/** The handle follows the hand with every frame, text and curve this often: an editor costs five handles. */
const WRITE_MS = 50;
let writing: ReturnType<typeof setTimeout> | undefined;

const held = signal<Held | null>(null);
/** The handle in the hand, as long as the chart waits for what comes of it. */
export const inHand = computed(() => (store.held.value ? held.value : null));
export const handles = computed(() => joined(store.charted.value?.handles ?? []));
/** Whether places in the answer are places in the text as it stands. */
const fresh = computed(() => store.goodText.value === store.draft.value.text);

/** The handle at a place of the list, as it is now. */
export function holdAt(index: number): Hold | null {
  if (inHand.value?.index === index) return inHand.value.now;
  const handle = handles.value[index];
  return handle ? take(store.goodText.value, handle) : null;
}

/** Take a handle; false while the answer to the newest text is still awaited. */
export function begin(index: number): boolean {
  const first = holdAt(index);
  if (!first || !fresh.value || !editor.value) return false;
  editor.value.beginDrag();
  batch(() => {
    store.held.value = store.good.value;
    store.dragging.value = true;
    held.value = { index, first, now: first };
  });
  return true;
}

/** Move the handle in the hand to a place; an axis without one goes back to where it was. */
export function moveTo(target: Target, full: boolean): void {
  const hand = held.value;
  if (!hand || !store.dragging.value) return;
  held.value = { ...hand, now: movedTo(hand.first, target, full) };
  writing ??= setTimeout(write, WRITE_MS);
}

/** Put into the text what the hand has made of the handle since. */
function write(): void {
  clearTimeout(writing);
  writing = undefined;
  if (held.value && store.dragging.value) editor.value?.dragTo(written(held.value.now));
}

/** Let go: keep what was moved as one undo step, or have it as it was. */
export function letGo(keep: boolean): void {
  if (!store.dragging.value) return;
  if (keep) write();
  else clearTimeout(writing);
  writing = undefined;
  batch(() => {
    store.dragging.value = false;
    editor.value?.endDrag(keep);
  });
}

/** Move a handle by units, from the keyboard. */
export function nudge(index: number, axis: Axis, units: number): void {
  const last = held.value?.index === index && !fresh.value ? held.value.now : null;
  const from = last ?? (fresh.value ? holdAt(index) : null);
  if (!from) return;
  const now = nudged(from, axis, units);
  held.value = { index, first: from, now };
  editor.value?.nudgeText(written(now));
}

/** Put typed words in the place of a handle's numbers. */
export function typeIn(index: number, words: Partial<Record<Axis, string>>): void {
  const hold = holdAt(index);
  if (hold && fresh.value) editor.value?.setText(typed(hold, words));
}

/** Put a knot more into a curve drawn by keys; false where the curve at `step` is none. */
export function addKnot(step: number, lr: number): boolean {
  const text = store.goodText.value;
  const part = fresh.value ? keysAt(text, parts.value, step) : null;
  const next = part && withKnot(text, part, handles.value, step, lr);
  if (next) editor.value?.setText(next);
  return next !== null;
}

/** Take the knot away that a handle moves, where it moves one. */
export function removeKnot(index: number): void {
  const handle = handles.value[index];
  const next = handle && fresh.value ? withoutKnot(store.goodText.value, parts.value, handle) : null;
  if (next) editor.value?.setText(next);
}

const parts = computed<readonly Part[]>(() => store.charted.value?.analysis?.parts ?? []);

/** The parts of the curve to light: those whose text is under the mouse. */
export const litParts = computed<readonly Part[]>(() => {
  const at = pointedAt.value;
  if (at === null || !fresh.value || store.dragging.value) return [];
  const text = store.goodText.value;
  return parts.value.filter((part) => {
    const { from, to } = stretchOf(text, part);
    return from <= at && at < to;
  });
});

/** The handles to light: those that write the number with the cursor in it. */
export const litHandles = computed<readonly number[]>(() => {
  const at = cursorAt.value;
  return at === null || !fresh.value ? [] : handlesAt(store.goodText.value, handles.value, at);
});

const NOTHING: Lit = { parts: [], literals: [] };

/** Where the parts at the step under the mouse begin: it changes from part to part, not with every pixel. */
const partsAtStep = computed(() => {
  const step = stepAt.value;
  if (step === null || touched.value !== null) return "";
  return parts.value
    .filter(({ start, end }) => start <= step && step < end)
    .map(({ start }) => start)
    .join(" ");
});

/** What to light in the text: the part under the mouse on the curve, and the numbers of the touched handle. */
export const litText = computed<Lit>(() => {
  const handle = touched.value === null ? undefined : handles.value[touched.value];
  const starts = partsAtStep.value.split(" ");
  if (!fresh.value || store.dragging.value || (!handle && starts[0] === "")) return NOTHING;
  const text = store.goodText.value;
  return {
    parts: parts.value
      .filter(({ start }) => !handle && starts.includes(String(start)))
      .map((part) => stretchOf(text, part)),
    literals: handle ? stretchesOf(text, handle) : [],
  };
});
