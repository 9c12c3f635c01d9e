/** Colours for the schedule language. Its tokens never cross a line, so each visible line is read by itself. */

import { type Extension, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import type { Word } from "../api/types.ts";
import { readToken, type TokenKind } from "./tokens.ts";

const PLAIN: readonly TokenKind[] = ["space", "name", "other"];
const marks = new Map<TokenKind, Decoration>();

function mark(kind: TokenKind): Decoration {
  const known = marks.get(kind) ?? Decoration.mark({ class: `tok-${kind}` });
  marks.set(kind, known);
  return known;
}

function colour(view: EditorView, kinds: ReadonlyMap<string, Word["kind"]>): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      for (let column = 0; column < line.length; ) {
        const { kind, length } = readToken(line.text, column, kinds);
        const start = line.from + column;
        if (!PLAIN.includes(kind)) builder.add(start, start + length, mark(kind));
        column += length;
      }
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** Colour the words of the language, as the server tells them. */
export function highlight(words: readonly Word[]): Extension {
  const kinds = new Map(words.map((word) => [word.word, word.kind]));
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;

      constructor(view: EditorView) {
        this.decorations = colour(view, kinds);
      }

      update(update: ViewUpdate): void {
        if (update.docChanged || update.viewportChanged) this.decorations = colour(update.view, kinds);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}
