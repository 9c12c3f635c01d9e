/** The page's one live region: what changes on the screen is said here, at most once in five seconds. */

import { signal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { createSpeech } from "../lib/speech.ts";

const said = signal("");
const speech = createSpeech((message) => {
  said.value = message;
});

export function Spoken() {
  return (
    <p class="hidden" role="status" data-testid="spoken">
      {said.value}
    </p>
  );
}

/** Have `words` said that stand nowhere on the screen by themselves. */
export function say(words: string): void {
  speech.speak({}, () => words);
}

/** `words` are said whenever they are others; empty ones take back what is not said yet. */
export function useSaid(words: string): void {
  const from = useRef({}).current;
  useEffect(() => {
    if (words === "") speech.forget(from);
    else speech.speak(from, () => words);
  }, [words]);
}

/** For the `ref` of an element whose words are said when it appears and when they change; not those of its buttons. */
export function useSpoken(): (element: HTMLElement | null) => void {
  const stop = useRef<(() => void) | null>(null);
  return useCallback((element) => {
    stop.current?.();
    stop.current = element ? follow(element) : null;
  }, []);
}

function follow(element: HTMLElement): () => void {
  let before = "";
  function look(): void {
    const words = wordsOf(element);
    if (words !== before) speech.speak(element, () => wordsOf(element));
    before = words;
  }
  const watch = new MutationObserver(look);
  watch.observe(element, { childList: true, characterData: true, subtree: true });
  look();
  return () => {
    watch.disconnect();
    speech.forget(element);
  };
}

function wordsOf(node: Node): string {
  if (node instanceof Text) return node.data;
  if (node instanceof HTMLButtonElement || (node instanceof Element && node.ariaHidden === "true")) return "";
  return [...node.childNodes].map(wordsOf).join(" ").replace(/\s+/g, " ").trim();
}
