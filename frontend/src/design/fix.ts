/** What the button for a fix says. */
export function fixName(replacement: string): string {
  return replacement === "" ? "Remove it" : `Write ${replacement}`;
}
