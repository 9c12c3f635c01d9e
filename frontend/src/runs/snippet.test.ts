import { expect, test } from "vitest";
import { attachSnippet, quoted, scheduleSnippet } from "./snippet.ts";

test("three lines watch a job that keeps its own scheduler", () => {
  expect(attachSnippet().split("\n")).toHaveLength(3);
  expect(attachSnippet()).toContain("rheostat.attach(optimizer, scheduler)");
});

test("a schedule drives the job, from the lr it was designed for", () => {
  const code = scheduleSnippet("linear 0 -> 1x; hold", 3e-4, 5000, "http://10.0.0.7:7436");
  expect(code).toContain('attach(optimizer, scheduler, server="http://10.0.0.7:7436")');
  expect(code).toContain('ScheduleLR(optimizer, "linear 0 -> 1x; hold", total=5000)');
  expect(code).toContain("lr=3e-4");
  expect(scheduleSnippet("hold", null, null, "http://a")).toContain("total=total_steps");
});

test("quoting keeps quotes and backslashes", () => {
  expect(quoted('a "b" \\')).toBe('"a \\"b\\" \\\\"');
  expect(quoted("a\nb")).toBe('"""\na\nb\n"""');
});
