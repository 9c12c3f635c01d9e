/** Keys of one letter that do something on a page: not while somebody types, not with a modifier held. */

import { useEffect, useRef } from "preact/hooks";

/** Do what `keys` says for the key pressed, while the component is there. */
export function useKeys(keys: Record<string, () => void>): void {
  const newest = useRef(keys);
  newest.current = keys;
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const act = newest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    }
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  const typed = "input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable]";
  return target instanceof HTMLElement && target.closest(typed) !== null;
}
