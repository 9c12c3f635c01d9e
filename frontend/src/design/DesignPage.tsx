/** Design a schedule: text on the left, its exact curve on the right. */

import "../style/design.css";
import { useEffect } from "preact/hooks";
import { warmUp as warmUpCharts } from "../chart/plotly.ts";
import { fetched } from "../shell/fetched.tsx";
import { CurveCard } from "./CurveCard.tsx";
import { editor } from "./grip.ts";
import { Readouts } from "./Readouts.tsx";
import { SavedCard } from "./SavedCard.tsx";
import * as store from "./store.ts";
import { TextCard } from "./TextCard.tsx";
import { UseCard } from "./UseCard.tsx";

/** Only a text with a plateau has a use for it. */
const TracePanel = fetched("the trace of a metric", () =>
  import("./TracePanel.tsx").then((module) => module.TracePanel),
);

/** Undo and redo wherever the keyboard is, but not while typing into a field, which has its own. */
function undoKeys(event: KeyboardEvent): void {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, .cm-editor");
  const letter = event.key.toLowerCase();
  if (typing || !(event.ctrlKey || event.metaKey) || event.altKey || !"yz".includes(letter)) return;
  event.preventDefault();
  if (letter === "y" || event.shiftKey) editor.value?.redo();
  else editor.value?.undo();
}

export function DesignPage() {
  useEffect(() => {
    document.title = "Design · Rheostat";
    warmUpCharts();
    addEventListener("keydown", undoKeys);
    const close = store.open();
    return () => {
      removeEventListener("keydown", undoKeys);
      close();
    };
  }, []);
  return (
    <section class="page design" data-testid="page-design">
      <h1 class="hidden">Design a schedule</h1>
      <div class="design-text">
        <TextCard />
        <UseCard />
        <SavedCard />
      </div>
      <div class="design-curve">
        <CurveCard />
        {store.metrics.value.length > 0 && <TracePanel />}
        <Readouts />
      </div>
    </section>
  );
}
