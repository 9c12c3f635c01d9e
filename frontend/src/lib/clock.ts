/** The time by the server's clock, ticking once a second while the page is seen. */

import { signal } from "@preact/signals";

let offset = 0;

/** Unix seconds by the server's clock. */
export const now = signal(Date.now() / 1000);

/** Learn the server's clock from a message that just arrived. */
export function tellServerTime(seconds: number): void {
  offset = seconds - Date.now() / 1000;
  tick();
}

function tick(): void {
  now.value = Date.now() / 1000 + offset;
}

setInterval(() => {
  if (!document.hidden) tick();
}, 1000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) tick();
});
