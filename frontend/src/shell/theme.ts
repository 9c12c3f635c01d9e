/** Light, dark, or as the system says; remembered in this browser. */

import { computed, effect, signal } from "@preact/signals";

export type Choice = "auto" | "light" | "dark";

const KEY = "rheostat.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(dark.matches);

dark.addEventListener("change", () => {
  systemDark.value = dark.matches;
});

export const choice = signal<Choice>(stored());

function stored(): Choice {
  const value = document.documentElement.dataset["theme"];
  return value === "light" || value === "dark" ? value : "auto";
}

/** What is on the screen now. Setting the attribute first lets readers of the tokens see the new ones. */
export const shownTheme = computed<"light" | "dark">(() => {
  const shown = choice.value === "auto" ? (systemDark.value ? "dark" : "light") : choice.value;
  if (choice.value === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = choice.value;
  return shown;
});

effect(() => {
  void shownTheme.value;
  try {
    if (choice.value === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice.value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
});

const NEXT: Record<Choice, Choice> = { auto: "light", light: "dark", dark: "auto" };

export function nextChoice(): void {
  choice.value = NEXT[choice.value];
}
