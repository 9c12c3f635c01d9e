/** The text's undo steps, kept in this tab over a reload. */

import { historyField } from "@codemirror/commands";
import { EditorState, type EditorStateConfig } from "@codemirror/state";

const KEY = "rheostat.design.history";
const FIELDS = { history: historyField };

/** The state as it was left, where it has `text`; else a new one. */
export function restored(text: string, config: EditorStateConfig): EditorState {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    const state = EditorState.fromJSON(kept, config, FIELDS);
    if (state.doc.toString() === text) return state;
  } catch {
    // Nothing kept, or by another version: then there is nothing to undo.
  }
  return EditorState.create({ ...config, doc: text });
}

export function keep(state: EditorState): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(state.toJSON(FIELDS)));
  } catch {
    // Without storage the steps last as long as the page.
  }
}
