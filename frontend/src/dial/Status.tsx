/** What became of the last command, in place: sent, received, applied at step N, or why not. */

import type { CommandRecord } from "../api/types.ts";
import { useSpoken } from "../shell/speech.tsx";
import { Refused } from "./Refused.tsx";
import type { DialStore } from "./store.ts";
import { life, roundTrip } from "./words.ts";

interface Props {
  dial: DialStore;
  commands: readonly CommandRecord[];
}

export function Status({ dial, commands }: Props) {
  const spoken = useSpoken();
  return (
    <div class="command-status" data-testid="command-status" ref={spoken}>
      <Words dial={dial} commands={commands} />
    </div>
  );
}

function Words({ dial, commands }: Props) {
  const state = dial.state.value;
  if (state.at === "sending") return <p class="stage sent">sending …</p>;
  if (state.at === "asking") return <p class="muted">Looking at what it would do …</p>;
  const record = dial.followed.value;
  if (record) {
    const { stage, text } = life(record);
    const trip = roundTrip(record);
    return (
      <p class={`stage ${stage}`}>
        <strong>{record.text}</strong>
        <span class="num">
          {text}
          {trip !== null && <span class="muted"> · {Math.round(trip)} ms</span>}
        </span>
      </p>
    );
  }
  if (state.at !== "rest" || state.notice === null) return null;
  if (state.notice.kind === "timeout") return <p class="muted">Disarmed after 20 s. Nothing was sent.</p>;
  const { problem, request } = state.notice;
  return <Refused dial={dial} commands={commands} problem={problem} request={request} />;
}
