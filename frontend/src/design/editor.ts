/** The text editor: colours, completion and lint marks for the schedule language, over CodeMirror. */

import { completionKeymap } from "@codemirror/autocomplete";
import { history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import type { Diagnostic, Language } from "../api/types.ts";
import { completion } from "./completion.ts";
import { highlight } from "./highlight.ts";
import { keys } from "./keys.ts";
import { lint, mend, setDiagnostics } from "./lint.ts";
import { stretchOf } from "./spans.ts";

export interface Editor {
  text(): string;
  /** Replace the whole text as one undo step. */
  setText(text: string): void;
  setLanguage(language: Language): void;
  show(diagnostics: readonly Diagnostic[]): void;
  /** Put the cursor at a diagnostic and the keyboard into the editor. */
  goTo(diagnostic: Diagnostic): void;
  /** Put a diagnostic's replacement into the text. */
  mend(diagnostic: Diagnostic): void;
  destroy(): void;
}

/** An editor in `parent`. `changed` hears every new text that a person makes. */
export function createEditor(parent: HTMLElement, text: string, changed: (text: string) => void): Editor {
  const language = new Compartment();
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        lint(),
        language.of(highlight([])),
        EditorView.lineWrapping,
        placeholder("linear 0 -> 1x for 5%; hold; …"),
        EditorView.contentAttributes.of({ "aria-label": "Schedule text", spellcheck: "false" }),
        keymap.of([...completionKeymap, ...historyKeymap, ...keys]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    }),
  });

  function replace(from: number, to: number, insert: string): void {
    view.dispatch({ changes: { from, to, insert }, userEvent: "input" });
  }

  return {
    text: () => view.state.doc.toString(),
    setText: (next) => replace(0, view.state.doc.length, next),
    setLanguage(found) {
      view.dispatch({ effects: language.reconfigure([highlight(found.words), completion(found.words)]) });
    },
    show(diagnostics) {
      view.dispatch({ effects: setDiagnostics.of(diagnostics) });
    },
    goTo(diagnostic) {
      const { from, to } = stretchOf(view.state.doc.toString(), diagnostic);
      view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
      view.focus();
    },
    mend: (diagnostic) => mend(view, diagnostic),
    destroy: () => view.destroy(),
  };
}
