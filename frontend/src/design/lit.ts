/** Stretches of text that are lit from outside, and where the mouse points in the text. */

import { type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import type { Stretch } from "./spans.ts";

/** What to light: the parts under the mouse on the curve, and the numbers of the handle that is touched. */
export interface Lit {
  parts: readonly Stretch[];
  literals: readonly Stretch[];
}

export const light = StateEffect.define<Lit>();

const PART = Decoration.mark({ class: "lit-part" });
const LITERAL = Decoration.mark({ class: "lit-literal" });

const lit = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(light)) return marks(effect.value, transaction.newDoc.length);
    }
    return before.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marks({ parts, literals }: Lit, length: number): DecorationSet {
  const inside = ({ from, to }: Stretch): boolean => from < to && to <= length;
  return Decoration.set(
    [
      ...parts.filter(inside).map(({ from, to }) => PART.range(from, to)),
      ...literals.filter(inside).map(({ from, to }) => LITERAL.range(from, to)),
    ],
    true,
  );
}

/** Lights what it is told to; `pointed` hears the offset under the mouse, null when it leaves the text. */
export function lights(pointed: (at: number | null) => void): Extension {
  return [
    // Below the colours, so that one mark goes around all the tokens of a number.
    Prec.lowest(lit),
    EditorView.domEventHandlers({
      mousemove: (event, view) => pointed(view.posAtCoords({ x: event.clientX, y: event.clientY })),
      mouseleave: () => pointed(null),
    }),
  ];
}
