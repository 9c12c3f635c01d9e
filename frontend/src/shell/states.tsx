/** What a page says while it loads, when something failed, and when there is nothing. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/types.ts";
import { follow, linkTo } from "./navigation.ts";
import { useSpoken } from "./speech.tsx";
import { CopyButton } from "./Snippet.tsx";

/** Says so only after a moment: what loads at once should not flash. */
export function Loading({ what }: { what: string }) {
  const [slow, setSlow] = useState(false);
  const spoken = useSpoken();
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="state" aria-busy="true" ref={spoken}>
      {slow && (
        <h1 class="loading">
          <span class="spin" aria-hidden="true" />
          Loading {what} …
        </h1>
      )}
    </div>
  );
}

export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <div class="state" role="alert">
      <h1>That did not work</h1>
      <ProblemText problem={problem} />
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What was wrong, what was expected, what to do. */
export function ProblemText({ problem }: { problem: Problem }) {
  const expected = problem.expected ? `Expected: ${problem.expected}` : "";
  return (
    <div class="problem">
      <p>{sentence(problem.message)}</p>
      {expected && <p>{sentence(expected)}</p>}
      {problem.suggestion && <p class="muted">{sentence(problem.suggestion)}</p>}
      <p>
        <CopyButton text={() => detailsOf(problem)} label="Copy details" />
      </p>
    </div>
  );
}

/** All that is known of a problem, for whoever is asked about it. */
function detailsOf(problem: Problem): string {
  const known = Object.entries(problem).filter(([, value]) => value !== "");
  const here = [
    ["page", location.pathname],
    ["at", new Date().toISOString()],
    ["browser", navigator.userAgent],
  ];
  return [...known, ...here].map(([name, value]) => `${name}: ${value}`).join("\n");
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

export function NotFound({ what, children }: { what: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h1>Not found</h1>
      <p>{sentence(what)}</p>
      {children}
      <p>
        <a class="button" href={linkTo({ page: "runs" })} onClick={follow({ page: "runs" })}>
          All runs
        </a>
      </p>
    </div>
  );
}
