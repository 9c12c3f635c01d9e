/** Nothing while all is well; when cut off, since when; after an update of the server, the offer to reload. */

import { now } from "../lib/clock.ts";
import { duration } from "../lib/format.ts";
import { isCutOff } from "../live/connection.ts";
import { connection, versions } from "../live/socket.ts";
import { session } from "./session.ts";

export function Connection() {
  void now.value;
  const state = connection.value;
  const cutOff = session.value !== null && isCutOff(state, Date.now());
  return (
    <div class="connection" data-testid="connection" role="status">
      {cutOff && (
        <span class="connection-lost">
          <span class="spin" aria-hidden="true" />
          reconnecting<span class="wide"> · data {duration((Date.now() - state.since) / 1000)} old</span>
        </span>
      )}
      {!cutOff && versions.value.length > 1 && (
        <button type="button" class="button small" onClick={() => location.reload()}>
          Updated: reload
        </button>
      )}
    </div>
  );
}
