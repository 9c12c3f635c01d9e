/** Why the dial cannot be turned now, in words; null when it can. Pure. */

import type { RunDetail } from "../api/types.ts";

/** A live run that was not heard for this long may not take a command in time. */
const QUIET_S = 10;

export interface Surroundings {
  mayControl: boolean;
  connected: boolean;
  /** Seconds since the job was last heard. */
  age: number;
}

export function whyLocked(run: RunDetail, { mayControl, connected, age }: Surroundings): string | null {
  if (!mayControl) return "You are signed in as viewer. Turning the dial needs an operator.";
  if (!run.control) return "This job was attached with control=False.";
  switch (run.state) {
    case "finished":
      return "The run has finished.";
    case "crashed":
      return "The run has crashed.";
    case "stopped":
      return "The run was stopped.";
    case "silent":
      return "The job is silent. Nothing is queued; the dial works again when it is heard.";
    case "live":
      break;
  }
  if (!connected) return "This page is cut off from the server. What it shows may be old.";
  if (age > QUIET_S) return "The job was not heard for a while. The dial works again when it is.";
  return null;
}
