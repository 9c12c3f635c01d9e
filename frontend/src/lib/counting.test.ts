import { expect, test } from "vitest";
import { counting, tokenCount } from "./counting.ts";

test("what counts is told from what is measured", () => {
  const counts = ["tokens", "num_input_tokens_seen", "train/epoch", "samples_total", "consumed_samples"];
  const others = ["loss", "tokens_per_second", "epoch_loss", "epoch_time", "sample_weight", "acc"];
  expect(counting([...others, ...counts])).toEqual(counts);
});

test("tokens are told from other counts", () => {
  expect(tokenCount(["loss", "epoch", "train/tokens"])).toBe("train/tokens");
  expect(tokenCount(["loss", "epoch"])).toBeNull();
});
