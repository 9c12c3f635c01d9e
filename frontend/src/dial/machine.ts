/** Arm, then apply: the states of the dial panel, without requests or clocks. Times are milliseconds. */

import type { CommandRecord, CommandRequest, ForecastAnswer, Problem } from "../api/types.ts";

/** An armed command is forgotten after this long. */
export const ARMED_MS = 20_000;

export type DialState =
  | { at: "rest"; notice: Notice | null }
  | { at: "asking"; request: CommandRequest }
  | { at: "armed"; request: CommandRequest; forecast: ForecastAnswer; until: number }
  | { at: "sending"; request: CommandRequest }
  | { at: "following"; id: string };

export type Notice =
  | { kind: "problem"; problem: Problem; request: CommandRequest | null }
  | { kind: "timeout" };

export type DialEvent =
  | { type: "arm"; request: CommandRequest }
  | { type: "forecast"; request: CommandRequest; forecast: ForecastAnswer; now: number }
  | { type: "failed"; problem: Problem }
  | { type: "tick"; now: number }
  | { type: "cancel" }
  | { type: "send"; request: CommandRequest }
  | { type: "recorded"; record: CommandRecord };

export const REST: DialState = { at: "rest", notice: null };

/** The state after `event`. What does not fit the present state changes nothing. */
export function next(state: DialState, event: DialEvent): DialState {
  switch (event.type) {
    case "arm":
      return state.at === "sending" ? state : { at: "asking", request: event.request };
    case "forecast":
      return forecastArrived(state, event);
    case "failed":
      return failed(state, event.problem);
    case "tick":
      return state.at === "armed" && event.now >= state.until
        ? { at: "rest", notice: { kind: "timeout" } }
        : state;
    case "cancel":
      return state.at === "sending" ? state : REST;
    case "send":
      return state.at === "sending" ? state : { at: "sending", request: event.request };
    case "recorded":
      return state.at === "sending" && state.request.id === event.record.id
        ? { at: "following", id: event.record.id }
        : state;
  }
}

function forecastArrived(state: DialState, event: DialEvent & { type: "forecast" }): DialState {
  if (state.at !== "asking" || state.request.id !== event.request.id) return state;
  const { refusal } = event.forecast;
  if (refusal) {
    return { at: "rest", notice: { kind: "problem", problem: refusal, request: event.request } };
  }
  return {
    at: "armed",
    request: event.request,
    forecast: event.forecast,
    until: event.now + ARMED_MS,
  };
}

function failed(state: DialState, problem: Problem): DialState {
  if (state.at !== "asking" && state.at !== "sending") return state;
  return { at: "rest", notice: { kind: "problem", problem, request: state.request } };
}

/** Whole seconds left to apply an armed command, 0 otherwise. */
export function secondsLeft(state: DialState, now: number): number {
  return state.at === "armed" ? Math.max(0, Math.ceil((state.until - now) / 1000)) : 0;
}
