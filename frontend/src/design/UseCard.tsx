/** The schedule to take away: the lines for a job, or the code of another library. */

import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { problemFrom } from "../api/client.ts";
import * as api from "../api/endpoints.ts";
import type { ConvertAnswer, ConvertRequest } from "../api/types.ts";
import { latest } from "../lib/latest.ts";
import { scheduleSnippet } from "../runs/snippet.ts";
import { httpAddress } from "../shell/address.ts";
import { place } from "../shell/navigation.ts";
import { CopyButton, Snippet } from "../shell/Snippet.tsx";
import { useSaid } from "../shell/speech.tsx";
import * as store from "./store.ts";

type Target = "rheostat" | ConvertRequest["to"];

const TARGETS: readonly (readonly [Target, string])[] = [
  ["rheostat", "Python"],
  ["json", "JSON"],
  ["torch", "PyTorch LambdaLR"],
  ["torch-classes", "PyTorch schedulers"],
  ["transformers", "transformers"],
  ["optax", "optax"],
  ["timm", "timm"],
  ["megatron", "Megatron flags"],
];
const WAIT_MS = 250;

const target = signal<Target>("rheostat");
const code = signal("");
/** Why there is no code; empty where there is some. */
const refusal = signal("");

const conversion = latest<ConvertRequest, ConvertAnswer>(
  WAIT_MS,
  api.convert,
  (found) => {
    code.value = found.code?.trimEnd() ?? "";
    refusal.value = found.why;
  },
  (error) => {
    refusal.value = problemFrom(error).message;
  },
);

function ask(): void {
  const { text, base, total, epoch } = store.rested.value;
  const to = target.value;
  if (to === "rheostat") {
    conversion.stop();
    code.value = scheduleSnippet(text.trim(), base, total, httpAddress(place, "").replace(/\/$/, ""));
    refusal.value = "";
  } else conversion.ask({ text, base, total, epoch, to });
}

function choose(to: Target): void {
  // What stood there is the code of something else.
  code.value = "";
  target.value = to;
}

export function UseCard() {
  useSaid(refusal.value);
  useEffect(() => {
    const stop = effect(ask);
    return () => {
      stop();
      conversion.stop();
    };
  }, []);
  return (
    <section class="card use" aria-label="Use it" data-testid="use">
      <div class="card-head">
        <h2>Use in a run</h2>
        <select
          class="quiet"
          aria-label="Copy as"
          value={target.value}
          onChange={(event) => choose(event.currentTarget.value as Target)}
        >
          {TARGETS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        {!refusal.value && <CopyButton text={() => code.value} label="Copy" />}
        <CopyButton text={() => location.href} label="Copy link" />
      </div>
      {refusal.value ? <p class="refusal">{refusal.value}</p> : <Snippet text={code.value} />}
    </section>
  );
}
