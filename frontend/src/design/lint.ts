/** Marks under what the server found wrong, with the message and the fix on hover. */

import {
  type EditorState,
  type Extension,
  RangeSetBuilder,
  StateEffect,
  StateField,
} from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  hoverTooltip,
  keymap,
  type Tooltip,
} from "@codemirror/view";
import type { Diagnostic } from "../api/types.ts";
import { fixName } from "./fix.ts";
import { type Stretch, stretchOf } from "./spans.ts";

interface Found extends Stretch {
  diagnostic: Diagnostic;
}

/** Replace all marks. */
export const setDiagnostics = StateEffect.define<readonly Diagnostic[]>();

const marks = {
  error: Decoration.mark({ class: "lint-error" }),
  warning: Decoration.mark({ class: "lint-warning" }),
};

/** What was found, moved along with the text until the server has looked at it anew. */
const found = StateField.define<readonly Found[]>({
  create: () => [],
  update(before, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setDiagnostics)) return located(transaction.newDoc.toString(), effect.value);
    }
    if (!transaction.docChanged) return before;
    return before.map((one) => ({
      ...one,
      from: transaction.changes.mapPos(one.from, 1),
      to: transaction.changes.mapPos(one.to, -1),
    }));
  },
  provide: (field) => EditorView.decorations.from(field, decorate),
});

function located(text: string, diagnostics: readonly Diagnostic[]): Found[] {
  return diagnostics
    .map((diagnostic) => ({ ...stretchOf(text, diagnostic), diagnostic }))
    .sort((one, other) => one.from - other.from || one.to - other.to);
}

function decorate(all: readonly Found[]): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to, diagnostic } of all) {
    if (to > from) builder.add(from, to, marks[diagnostic.severity]);
  }
  return builder.finish();
}

/** Put a diagnostic's replacement into the text, as one undo step. */
export function mend(view: EditorView, diagnostic: Diagnostic): void {
  const at = view.state.field(found).find((one) => one.diagnostic === diagnostic);
  if (!at || diagnostic.replacement === null) return;
  const { from, to } = at;
  view.dispatch({ changes: { from, to, insert: diagnostic.replacement }, userEvent: "input.mend" });
  view.focus();
}

function card(view: EditorView, diagnostics: readonly Diagnostic[]): HTMLElement {
  const box = document.createElement("div");
  box.className = "lint-card";
  for (const diagnostic of diagnostics) {
    const words = document.createElement("p");
    words.className = diagnostic.severity;
    words.textContent = [diagnostic.message, diagnostic.suggestion].filter(Boolean).join(" – ");
    box.append(words);
    if (diagnostic.replacement === null) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = fixName(diagnostic.replacement);
    button.onclick = () => mend(view, diagnostic);
    box.append(button);
  }
  return box;
}

function tooltip(view: EditorView, at: number): Tooltip | null {
  const here = view.state.field(found).filter((one) => one.from <= at && at <= one.to);
  const first = here[0];
  if (!first) return null;
  const diagnostics = here.map((one) => one.diagnostic);
  return { pos: first.from, end: first.to, above: false, create: () => ({ dom: card(view, diagnostics) }) };
}

/** The first fault after the cursor, or the first of all. */
function following(state: EditorState): Found | undefined {
  const all = state.field(found);
  return all.find((one) => one.from > state.selection.main.to) ?? all[0];
}

function goToNext(view: EditorView): boolean {
  const next = following(view.state);
  if (!next) return false;
  view.dispatch({ selection: { anchor: next.from, head: next.to }, scrollIntoView: true });
  return true;
}

/** Marks, hover, and F8 for the next fault. */
export function lint(): Extension {
  return [found, hoverTooltip(tooltip, { hideOnChange: true }), keymap.of([{ key: "F8", run: goToNext }])];
}
