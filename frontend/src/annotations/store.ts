/** The annotations of one open run, and the one that is being written. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Annotation, Problem } from "../api/types.ts";
import { listen } from "../live/socket.ts";
import { withAnnotation } from "./list.ts";

/** What is being written: a new one at `step`, or `known` anew. */
export interface Draft {
  step: number;
  known: Annotation | null;
}

export interface Annotations {
  all: ReadonlySignal<readonly Annotation[]>;
  draft: ReadonlySignal<Draft | null>;
  problem: ReadonlySignal<Problem | null>;
  write(step: number): void;
  change(known: Annotation): void;
  cancel(): void;
  save(text: string): Promise<void>;
  takeAway(known: Annotation): Promise<void>;
  close(): void;
}

export function openAnnotations(run: string): Annotations {
  const all = signal<readonly Annotation[]>([]);
  const draft = signal<Draft | null>(null);
  const problem = signal<Problem | null>(null);

  async function tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  }

  function load(): void {
    void tried(async () => {
      all.value = (await api.annotations(run)).annotations;
    });
  }

  const stop = listen((message) => {
    if (message.type === "hello") load();
    if (message.type === "annotation" && message.run === run) {
      all.value = withAnnotation(all.value, message.annotation, message.deleted);
    }
  });
  load();

  return {
    all,
    draft,
    problem,
    write(step) {
      draft.value = { step: Math.max(0, Math.round(step)), known: null };
    },
    change(known) {
      draft.value = { step: known.step, known };
    },
    cancel() {
      draft.value = null;
      problem.value = null;
    },
    save: (text) =>
      tried(async () => {
        const now = draft.value;
        if (!now) return;
        const saved = now.known
          ? await api.editAnnotation(run, now.known.id, text)
          : await api.annotate(run, now.step, text);
        all.value = withAnnotation(all.value, saved, false);
        draft.value = null;
      }),
    takeAway: (known) =>
      tried(async () => {
        await api.deleteAnnotation(run, known.id);
        all.value = withAnnotation(all.value, known, true);
      }),
    close: stop,
  };
}
