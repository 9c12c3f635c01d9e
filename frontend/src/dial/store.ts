/** The dial of one run: the state machine joined to the server and the clock. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { ApiError, problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { CommandRecord, CommandRequest, ForecastAnswer } from "../api/types.ts";
import { latest } from "../lib/latest.ts";
import { inForce } from "../run/state.ts";
import type { RunStore } from "../run/store.ts";
import { type DialEvent, type DialState, next, REST, secondsLeft } from "./machine.ts";

/** The job reports a change a moment before the next points: wait for both. */
const LOOK_MS = 400;

export interface DialStore {
  state: ReadonlySignal<DialState>;
  /** The future under the armed command, for the chart. */
  forecast: ReadonlySignal<ForecastAnswer | null>;
  /** The effective lr ahead as things stand, by group, while an override holds. */
  present: ReadonlySignal<ForecastAnswer | null>;
  /** Seconds left to apply what is armed. */
  left: ReadonlySignal<number>;
  /** The command whose life is shown, null when there is none. */
  followed: ReadonlySignal<CommandRecord | null>;
  arm(request: CommandRequest): void;
  apply(): void;
  cancel(): void;
  release(groups: string[] | null): void;
  close(): void;
}

export function createDial(run: string, store: RunStore): DialStore {
  const state = signal<DialState>(REST);
  const left = signal(0);
  const present = signal<ForecastAnswer | null>(null);
  let timer: ReturnType<typeof setInterval> | undefined;

  function tell(event: DialEvent): void {
    state.value = next(state.value, event);
    left.value = secondsLeft(state.value, Date.now());
    if (state.value.at === "armed") {
      timer ??= setInterval(() => tell({ type: "tick", now: Date.now() }), 500);
    } else {
      clearInterval(timer);
      timer = undefined;
    }
  }

  const asking = latest<CommandRequest, ForecastAnswer>(
    0,
    (request, abort) => api.forecast(run, request, abort),
    (forecast, request) => tell({ type: "forecast", request, forecast, now: Date.now() }),
    (error) => tell({ type: "failed", problem: problemFrom(error) }),
  );

  const looking = latest<CommandRequest, ForecastAnswer>(
    LOOK_MS,
    (request, abort) => api.forecast(run, request, abort),
    (forecast) => {
      present.value = forecast;
    },
    () => {},
  );
  const held = computed(() => {
    const now = store.state.value;
    return now
      ? inForce(now)
          .map((command) => command.id)
          .join(" ")
      : "";
  });
  // What a release would change is told beside what is: the one answer that holds the future as things stand.
  const stop = effect(() => {
    present.value = null;
    if (held.value) looking.ask({ kind: "release" });
    else looking.stop();
  });

  async function send(request: CommandRequest): Promise<void> {
    asking.stop();
    tell({ type: "send", request });
    try {
      const record = await api.sendCommand(run, request);
      store.learn(record);
      tell({ type: "recorded", record });
    } catch (error) {
      tell({ type: "failed", problem: problemFrom(error) });
      // Somebody else was faster, or the job is gone: show how things stand now.
      if (error instanceof ApiError && error.status === 409) store.retry();
    }
  }

  function stamped(request: CommandRequest): CommandRequest {
    const revision = store.state.peek()?.detail.revision ?? null;
    return { ...request, id: request.id ?? commandId(), base_revision: revision };
  }

  return {
    state,
    left,
    present,
    forecast: computed(() => (state.value.at === "armed" ? state.value.forecast : null)),
    followed: computed(() => {
      const now = state.value;
      const commands = store.state.value?.commands ?? [];
      return now.at === "following" ? (commands.find((command) => command.id === now.id) ?? null) : null;
    }),
    arm(request) {
      const armed = stamped(request);
      tell({ type: "arm", request: armed });
      asking.ask(armed);
    },
    apply() {
      const now = state.peek();
      if (now.at === "armed") void send(now.request);
    },
    cancel() {
      asking.stop();
      tell({ type: "cancel" });
    },
    release(groups) {
      void send(stamped({ kind: "release", groups }));
    },
    close() {
      stop();
      looking.stop();
      asking.stop();
      clearInterval(timer);
    },
  };
}

/** A fresh id of 128 random bits; `crypto.randomUUID` is missing on pages that came without TLS. */
function commandId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
