/** How wide the screen is, as the style sheets have it. */

import { signal } from "@preact/signals";

const query = matchMedia("(max-width: 760px)");

/** Whether the page is laid out for a phone, at this moment. */
export const isPhone = (): boolean => query.matches;

/** The same, for what is drawn by it. */
export const phone = signal(query.matches);

query.addEventListener("change", () => {
  phone.value = query.matches;
});
