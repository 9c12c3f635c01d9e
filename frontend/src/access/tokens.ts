/** The tokens of this server, for its admin: listed, made, replaced, revoked. */

import { signal } from "@preact/signals";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { Problem, TokenInfo, TokenMade, TokenRequest } from "../api/types.ts";

export const tokens = signal<readonly TokenInfo[] | null>(null);
export const problem = signal<Problem | null>(null);
/** The token made or replaced last, in clear this once. */
export const made = signal<TokenMade | null>(null);

async function doing(work: () => Promise<TokenMade | null>): Promise<boolean> {
  try {
    const found = await work();
    if (found) made.value = found;
    tokens.value = (await api.tokens()).tokens;
    problem.value = null;
    return true;
  } catch (error) {
    problem.value = problemFrom(error);
    return false;
  }
}

export const load = (): Promise<boolean> => doing(async () => null);

export const make = (request: TokenRequest): Promise<boolean> => doing(() => api.makeToken(request));

export const rotate = (id: string): Promise<boolean> => doing(() => api.rotateToken(id));

export const revoke = (id: string): Promise<boolean> =>
  doing(async () => {
    await api.revokeToken(id);
    if (made.value?.info.id === id) made.value = null;
    return null;
  });
