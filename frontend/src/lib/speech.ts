/** What is said to a screen reader: the newest words of each part of the page, once they rest, and seldom. */

/** From one message to the next: a live region that chatters helps nobody. */
export const PAUSE_MS = 5000;
/** Words that still change are not said yet, unless they change for all of a pause. */
export const REST_MS = 500;

export interface Speech {
  /** Have `words`, read when it is time, said for the part `from`, in the place of what it last wanted said. */
  speak(from: object, words: () => string): void;
  /** What `from` wanted said is no longer so. */
  forget(from: object): void;
}

/** A voice that hands its messages to `say`. */
export function createSpeech(say: (message: string) => void): Speech {
  const waiting = new Map<object, () => string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = 0;
  let last = Number.NEGATIVE_INFINITY;

  function flush(): void {
    const message = [...waiting.values()]
      .map((read) => read())
      .filter(Boolean)
      .join(". ");
    waiting.clear();
    if (message === "") return;
    last = performance.now();
    say(message);
  }

  return {
    speak(from, words) {
      const now = performance.now();
      if (waiting.size === 0) since = now;
      waiting.delete(from);
      waiting.set(from, words);
      clearTimeout(timer);
      const due = Math.max(Math.min(now + REST_MS, since + PAUSE_MS), last + PAUSE_MS);
      timer = setTimeout(flush, due - now);
    },
    forget: (from) => void waiting.delete(from),
  };
}
