/** The lines to paste into a training script. Pure. */

/** Three lines for a job that brings its own scheduler. */
export function attachSnippet(): string {
  return [
    "import rheostat",
    "agent = rheostat.attach(optimizer, scheduler)  # before the training loop",
    "agent.log(loss=loss)                           # in it, once a step",
  ].join("\n");
}

/** The lines for a job that is driven by a schedule; `base` is the lr that its optimizer must be given, `server` the address of this one. */
export function scheduleSnippet(
  schedule: string,
  base: number | null,
  total: number | null,
  server: string,
): string {
  const given = base === null ? "" : `  # the optimizer has lr=${base.toExponential().replace("e+0", "")}`;
  return [
    `import rheostat${given}`,
    `scheduler = rheostat.ScheduleLR(optimizer, ${quoted(schedule)}, total=${total ?? "total_steps"})`,
    `agent = rheostat.attach(optimizer, scheduler, server="${server}")`,
    "agent.log(loss=loss)  # once a step",
  ].join("\n");
}

/** `text` as a Python string, over several lines where it has several. */
export function quoted(text: string): string {
  const safe = text.replace(/\\/g, "\\\\");
  if (!text.includes("\n")) return `"${safe.replace(/"/g, '\\"')}"`;
  return `"""\n${safe.replace(/"""/g, '\\"\\"\\"')}\n"""`;
}
