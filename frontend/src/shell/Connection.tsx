/** Nothing while all is well; when cut off, since when; after an update of the server, the offer to reload. */

import { now } from "../lib/clock.ts";
import { duration } from "../lib/format.ts";
import { isCutOff } from "../live/connection.ts";
import { connection, versions } from "../live/socket.ts";
import { useSaid } from "./speech.tsx";
import { session } from "./session.ts";

export function Connection() {
  void now.value;
  const state = connection.value;
  const cutOff = session.value !== null && isCutOff(state, Date.now());
  const updated = !cutOff && versions.value.length > 1;
  // Without the age, which is another every second.
  useSaid(cutOff ? "reconnecting" : updated ? "Updated: reload" : "");
  return (
    <div class="connection" data-testid="connection">
      {cutOff && (
        <span class="connection-lost">
          <span class="spin" aria-hidden="true" />
          reconnecting<span class="wide"> · data {duration((Date.now() - state.since) / 1000)} old</span>
        </span>
      )}
      {updated && (
        <button type="button" class="button small" onClick={() => location.reload()}>
          Updated: reload
        </button>
      )}
    </div>
  );
}
