/** Why nothing was sent: a limit that may be passed by typing, a state that has moved on, or a plain no. */

import { useSignal } from "@preact/signals";
import type { CommandRecord, CommandRequest, Problem } from "../api/types.ts";
import { TextField } from "../shell/Field.tsx";
import { ProblemText } from "../shell/states.tsx";
import type { DialStore } from "./store.ts";
import { confirmation, life, since } from "./words.ts";

interface Props {
  dial: DialStore;
  commands: readonly CommandRecord[];
  problem: Problem;
  request: CommandRequest | null;
}

export function Refused({ dial, commands, problem, request }: Props) {
  const newer = problem.code === "stale" && request ? since(commands, request) : [];
  return (
    <div class="stage refused">
      <ProblemText problem={problem} />
      {newer.length > 0 && (
        <ul class="newer" data-testid="newer-commands">
          {newer.map((command) => (
            <li key={command.id}>
              <strong>{command.text}</strong> {command.issued_by && `by ${command.issued_by}, `}
              {life(command).text}
            </li>
          ))}
        </ul>
      )}
      {newer.length > 0 && request && (
        <button
          type="button"
          class="button small"
          data-testid="arm-again"
          onClick={() => dial.arm({ ...request, id: null })}
        >
          Look again and arm
        </button>
      )}
      {request !== null && isConfirmable(problem.code) && !request.confirmed && (
        <Confirm request={request} arm={() => dial.arm({ ...request, id: null, confirmed: true })} />
      )}
    </div>
  );
}

/** A large change has to be typed: a slip of the mouse must not do it. */
function Confirm({ request, arm }: { request: CommandRequest; arm: () => void }) {
  const typed = useSignal("");
  const wanted = confirmation(request);
  return (
    <form
      class="confirm"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.value.trim() === wanted) arm();
      }}
    >
      <TextField
        label={
          <>
            Type <strong class="num">{wanted}</strong> to arm it all the same
          </>
        }
        testid="confirm-text"
        num
        value={typed.value}
        set={(text) => (typed.value = text)}
      />
      <button
        type="submit"
        class="button"
        data-testid="confirm-large"
        disabled={typed.value.trim() !== wanted}
      >
        Arm
      </button>
    </form>
  );
}

/** The one limit that a person may pass by saying so again. */
function isConfirmable(code: string): boolean {
  return code === "unconfirmed_change";
}
