/** The text editor: colours, completion and lint marks for the schedule language, over CodeMirror. */

import {
  history,
  historyKeymap,
  isolateHistory,
  redo,
  redoDepth,
  undo,
  undoDepth,
} from "@codemirror/commands";
import { Compartment, type EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import type { Diagnostic, Language, Word } from "../api/types.ts";
import { highlight } from "./highlight.ts";
import { keep, restored } from "./kept.ts";
import { keys } from "./keys.ts";
import { lint, mend, setDiagnostics } from "./lint.ts";
import { type Lit, light, lights } from "./lit.ts";
import { changeOf, stretchOf } from "./spans.ts";

export interface Editor {
  text(): string;
  /** Replace the text where it differs, as one undo step. */
  setText(text: string): void;
  /** The same for steps that come in quick succession at one place: together they are one. */
  nudgeText(text: string): void;
  /** Begin to show texts that are no undo steps. */
  beginDrag(): void;
  /** Show a text while dragging. */
  dragTo(text: string): void;
  /** End dragging: keep the last text as one undo step, or have everything as it was before. */
  endDrag(keep: boolean): void;
  undo(): void;
  redo(): void;
  setLanguage(language: Language): void;
  show(diagnostics: readonly Diagnostic[]): void;
  light(lit: Lit): void;
  /** Put the cursor at a diagnostic and the keyboard into the editor. */
  goTo(diagnostic: Diagnostic): void;
  /** Put a diagnostic's replacement into the text. */
  mend(diagnostic: Diagnostic): void;
  destroy(): void;
}

/** What an editor tells. */
export interface Listener {
  /** Every new text. */
  changed(text: string): void;
  /** How many steps can be undone and done again. */
  steps(undo: number, redo: number): void;
  /** Where the cursor is, null while the keyboard is elsewhere. */
  cursor(at: number | null): void;
  /** Where the mouse is, null while it is elsewhere. */
  pointed(at: number | null): void;
}

/** An editor in `parent`, with the undo steps that were left in this tab. */
export function createEditor(parent: HTMLElement, text: string, told: Listener): Editor {
  const language = new Compartment();
  const offers = new Compartment();
  let words: readonly Word[] = [];
  let offering = false;
  let before: EditorState | null = null;
  const tell = ({ state, hasFocus }: EditorView): void => {
    told.steps(undoDepth(state), redoDepth(state));
    told.cursor(hasFocus ? state.selection.main.head : null);
  };
  const extensions = [
    lineNumbers(),
    history(),
    lint(),
    lights(told.pointed),
    language.of(highlight([])),
    offers.of([]),
    EditorView.lineWrapping,
    placeholder("linear 0 -> 1x for 5%; hold; …"),
    EditorView.contentAttributes.of({ "aria-label": "Schedule text", spellcheck: "false" }),
    keymap.of([...historyKeymap, ...keys]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) told.changed(update.state.doc.toString());
      if (update.docChanged || update.selectionSet || update.focusChanged) tell(update.view);
      if (update.view.hasFocus) void offer();
    }),
  ];
  const view = new EditorView({ parent, state: restored(text, { extensions }) });
  const remember = (): void => keep(before ?? view.state);
  addEventListener("pagehide", remember);
  tell(view);

  const current = (): string => view.state.doc.toString();

  /** Completion is a tenth of the page and of no use before somebody is about to type. */
  async function offer(): Promise<void> {
    if (offering || words.length === 0) return;
    offering = true;
    const { completion, completeSoon } = await import("./completion.ts");
    view.dispatch({ effects: offers.reconfigure(completion(words)) });
    completeSoon(view);
  }

  function replace(next: string, how: object): void {
    const changes = changeOf(current(), next);
    if (changes) view.dispatch({ changes, ...how });
  }

  return {
    text: current,
    setText: (next) => replace(next, { userEvent: "input", annotations: isolateHistory.of("full") }),
    nudgeText: (next) => replace(next, { userEvent: "input.type" }),
    beginDrag() {
      before = view.state;
    },
    dragTo: (next) => replace(next, { userEvent: "drag" }),
    endDrag(keepIt) {
      if (!before) return;
      const last = current();
      // The steps of the drag never were: what stays in the history is one from before it to its end.
      view.setState(before);
      before = null;
      told.changed(current());
      if (keepIt) replace(last, { userEvent: "input", annotations: isolateHistory.of("full") });
      tell(view);
    },
    undo: () => void undo(view),
    redo: () => void redo(view),
    setLanguage(found) {
      words = found.words;
      view.dispatch({ effects: language.reconfigure(highlight(words)) });
    },
    show(diagnostics) {
      view.dispatch({ effects: setDiagnostics.of(diagnostics) });
    },
    light(lit) {
      view.dispatch({ effects: light.of(lit) });
    },
    goTo(diagnostic) {
      const { from, to } = stretchOf(current(), diagnostic);
      view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
      view.focus();
    },
    mend: (diagnostic) => mend(view, diagnostic),
    destroy() {
      remember();
      removeEventListener("pagehide", remember);
      view.destroy();
    },
  };
}
