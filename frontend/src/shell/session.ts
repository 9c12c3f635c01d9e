/** Who is looking. A start-up link carries a one-time code, which is exchanged for a cookie and leaves the address. */

import { computed, signal } from "@preact/signals";
import { ApiError, problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Problem, SessionInfo } from "../api/types.ts";
import { connect } from "../live/socket.ts";
import { linkTo } from "./navigation.ts";

export type Access =
  | { is: "asking" }
  | { is: "signed-in"; session: SessionInfo }
  | { is: "signed-out"; problem: Problem | null }
  | { is: "unreachable"; problem: Problem };

export const access = signal<Access>({ is: "asking" });

export const session = computed<SessionInfo | null>(() =>
  access.value.is === "signed-in" ? access.value.session : null,
);

/** Whether this browser may turn the dial. */
export const mayControl = computed(() => session.value !== null && session.value.role !== "viewer");

/** Whether this browser may make and revoke tokens. */
export const isAdmin = computed(() => session.value?.role === "admin");

/** Find out at the start who is looking. */
export async function enter(): Promise<void> {
  const code = takeCode();
  if (code !== null && (await proven({ code }))) return;
  const refused = access.value.is === "signed-out" ? access.value.problem : null;
  try {
    welcome(await api.session());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      access.value = { is: "signed-out", problem: refused };
    } else {
      access.value = { is: "unreachable", problem: problemFrom(error) };
    }
  }
}

/** Sign in with what a person typed. */
export async function signIn(token: string): Promise<void> {
  await proven({ token });
}

/** End the session of this browser. */
export async function signOut(): Promise<void> {
  await api.signOut();
  location.assign(linkTo({ page: "runs" }));
}

async function proven(proof: { code: string } | { token: string }): Promise<boolean> {
  try {
    welcome(await api.signIn(proof));
    return true;
  } catch (error) {
    access.value = { is: "signed-out", problem: problemFrom(error) };
    return false;
  }
}

function welcome(found: SessionInfo): void {
  access.value = { is: "signed-in", session: found };
  connect();
}

function takeCode(): string | null {
  const address = new URL(location.href);
  const code = address.searchParams.get("code");
  if (code === null) return null;
  address.searchParams.delete("code");
  history.replaceState(null, "", address);
  return code;
}
