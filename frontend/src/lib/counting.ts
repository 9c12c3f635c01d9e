/** Which metrics count what a run has gone through, by their names: those can be an axis. Pure. */

const WORDS = "tokens?|samples?|examples?|sequences?|images?|frames?|epochs?";
const BEFORE = "num|n|total|train|input|cumulative|seen|consumed";
const AFTER = "seen|total|count|consumed|trained";
/** `num_input_tokens_seen`, `train/epoch`; not `tokens_per_second`, not `epoch_loss`. */
const COUNTING = new RegExp(`(^|/)((${BEFORE})_)*(${WORDS})(_(${AFTER}))*$`, "i");

export function counting(metrics: readonly string[]): string[] {
  return metrics.filter((name) => COUNTING.test(name));
}

/** The metric that counts tokens, null where none does. */
export function tokenCount(metrics: readonly string[]): string | null {
  return counting(metrics).find((name) => /tokens?/i.test(name)) ?? null;
}
