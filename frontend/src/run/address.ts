/** Keeps the address of the run page true to what its charts show, and takes a link's view on. */

import { batch, effect } from "@preact/signals";
import { fromQuery, type Seen, toQuery } from "./link.ts";
import { arrangement, axisKind, clip, logged, lrScale, metricScale, smoothing } from "./options.ts";
import { type RivalStore, toHash } from "./rival.ts";
import type { RunStore } from "./store.ts";

/** Zooming by wheel changes the view many times a second; browsers allow few changes of an address. */
const WAIT_MS = 300;

function seen(store: RunStore): Seen {
  return {
    view: store.view.value,
    metric: store.chosenMetric.value,
    axis: axisKind.value,
    lr: lrScale.value,
    metricScale: metricScale.value,
    logs: logged.value,
    smoothing: smoothing.value,
    clip: clip.value,
    panels: arrangement.value,
  };
}

/** Show what the address says, then say there what is shown. Gives what ends it. */
export function keepAddress(store: RunStore, rival: RivalStore): () => void {
  const linked = fromQuery(location.search);
  if (linked) {
    batch(() => {
      store.view.value = linked.view;
      store.chosenMetric.value = linked.metric;
      axisKind.value = linked.axis;
      lrScale.value = linked.lr;
      metricScale.value = linked.metricScale;
      logged.value = linked.logs;
      smoothing.value = linked.smoothing;
      clip.value = linked.clip;
      arrangement.value = linked.panels;
    });
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const { chosen } = rival;
    const told = toQuery(seen(store)) + (chosen.value ? toHash(chosen.value) : "");
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (told !== location.search + location.hash) {
        history.replaceState(history.state, "", location.pathname + told);
      }
    }, WAIT_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
