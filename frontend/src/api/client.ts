/** One way to talk to the server: JSON in, JSON out, every failure an `ApiError` with a written problem. */

import { httpAddress } from "../shell/address.ts";
import { place } from "../shell/navigation.ts";
import type { Problem } from "./types.ts";

/** An answer that is no success. `status` is 0 when the server could not be reached at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

/** Ask for `path` (no slash in front). Raises ApiError; an aborted request raises the browser's AbortError. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, { signal: signal ?? null });
}

/** Send `body` as JSON. Raises as `get`. */
export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>("POST", path, body, signal);
}

/** Put `body` there as JSON. Raises as `get`. */
export async function put<T>(path: string, body: unknown): Promise<T> {
  return send<T>("PUT", path, body);
}

/** Change what is at `path`. Raises as `get`. */
export async function patch<T>(path: string, body: unknown): Promise<T> {
  return send<T>("PATCH", path, body);
}

/** Take away what is at `path`. Raises as `get`. */
export async function remove(path: string): Promise<void> {
  await ask(path, { method: "DELETE", headers: { "X-Rheostat": "1" } });
}

function send<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, {
    method,
    headers: { "Content-Type": "application/json", "X-Rheostat": "1" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(httpAddress(place, path), { credentials: "same-origin", ...init });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, unreachable());
  }
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new ApiError(answer.status, problemOf(body, answer.status));
  return body as T;
}

/** Whether `error` only says that a request was given up. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The problem behind whatever was thrown. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return written("page", error instanceof Error ? error.message : String(error), "Reload the page.");
}

function problemOf(body: unknown, status: number): Problem {
  if (typeof body === "object" && body !== null && "error" in body) {
    return (body as { error: Problem }).error;
  }
  return written("http", `The server answered with status ${status}.`, "Look at the server's own output.");
}

function unreachable(): Problem {
  return written(
    "unreachable",
    "The server does not answer.",
    "See that `rheostat serve` is running and that the network (or tunnel) to it is up.",
  );
}

function written(code: string, message: string, suggestion: string): Problem {
  return { code, message, suggestion, where: "", expected: "" };
}
