/** The editor on the page: loaded on its own, since the other pages need none. */

import "../style/editor.css";
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as grip from "./grip.ts";
import { editor } from "./grip.ts";
import * as store from "./store.ts";

const editorModule = (): Promise<typeof import("./editor.ts")> => import("./editor.ts");

export function EditorBox() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false;
    void editorModule().then(({ createEditor }) => {
      if (gone || !place.current) return;
      editor.value = createEditor(place.current, store.draft.peek().text, {
        changed: (text) => store.change({ text }),
        steps: (undo, redo) => (grip.steps.value = { undo, redo }),
        cursor: (at) => (grip.cursorAt.value = at),
        pointed: (at) => (grip.pointedAt.value = at),
      });
    });
    return () => {
      gone = true;
      grip.letGo(false);
      editor.peek()?.destroy();
      editor.value = null;
    };
  }, []);
  useSignalEffect(() => {
    if (store.language.value) editor.value?.setLanguage(store.language.value);
  });
  useSignalEffect(() => editor.value?.show(store.diagnostics.value));
  useSignalEffect(() => editor.value?.light(grip.litText.value));
  useSignalEffect(() => {
    const { text } = store.draft.value;
    if (editor.value && editor.value.text() !== text) editor.value.setText(text);
  });
  return (
    <div class="editor" data-testid="editor" ref={place}>
      {editor.value === null && <pre class="editor-waiting">{store.draft.peek().text}</pre>}
    </div>
  );
}
