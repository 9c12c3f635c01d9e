/** The lines to paste into a training script. Pure. */

/** Three lines for a job; with a schedule text, a job that is driven by it. */
export function attachSnippet(schedule: string, total: number | null = null): string {
  if (schedule === "") {
    return [
      "import rheostat",
      "agent = rheostat.attach(optimizer, scheduler)  # before the training loop",
      "agent.log(loss=loss)                           # in it, once a step",
    ].join("\n");
  }
  const length = total === null ? "total_steps" : String(total);
  return [
    "import rheostat",
    `scheduler = rheostat.ScheduleLR(optimizer, ${quoted(schedule)}, total=${length})`,
    "agent = rheostat.attach(optimizer, scheduler)  # then agent.log(loss=loss) once a step",
  ].join("\n");
}

/** `text` as a Python string, over several lines where it has several. */
export function quoted(text: string): string {
  const safe = text.replace(/\\/g, "\\\\");
  if (!text.includes("\n")) return `"${safe.replace(/"/g, '\\"')}"`;
  return `"""\n${safe.replace(/"""/g, '\\"\\"\\"')}\n"""`;
}
