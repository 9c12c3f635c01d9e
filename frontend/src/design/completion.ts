/** Completion of the schedule language: every word with its signature and what it means. */

import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  snippetCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { Word } from "../api/types.ts";

const BOOST: Record<Word["kind"], number> = { shape: 5, part: 4, operator: 3, setting: 2, value: 1, unit: 0 };

/** Loaded with the first word that is offered: opening the page needs none. */
const pictures = (): Promise<typeof import("./picture.ts")> => import("./picture.ts");

function optionOf(word: Word): Completion {
  return snippetCompletion(word.insert, {
    label: word.word,
    detail: word.signature,
    info: () => pictures().then(({ explained }) => explained(word)),
    type: word.kind === "shape" || word.kind === "part" ? "keyword" : "property",
    boost: BOOST[word.kind],
  });
}

/** Offer the words of the language, as the server tells them. */
export function completion(words: readonly Word[]): Extension {
  const options = words.filter((word) => /^[a-z]{2}/i.test(word.word) && word.kind !== "unit").map(optionOf);
  const source = (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[A-Za-z_]\w*/);
    if (!word && !context.explicit) return null;
    const from = word?.from ?? context.pos;
    const before = context.state.sliceDoc(Math.max(0, from - 1), from);
    if (/[\d.@]/.test(before) || inComment(context, from)) return null;
    return { from, options, validFor: /^\w*$/ };
  };
  return autocompletion({ override: [source], icons: false });
}

/** Complete what was typed while this was on its way. */
export function completeSoon(view: EditorView): void {
  const { state } = view;
  const { head } = state.selection.main;
  if (/[a-z]/i.test(state.sliceDoc(Math.max(0, head - 1), head))) startCompletion(view);
}

function inComment(context: CompletionContext, at: number): boolean {
  const line = context.state.doc.lineAt(at);
  return line.text.slice(0, at - line.from).includes("#");
}
