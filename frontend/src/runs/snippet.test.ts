import { expect, test } from "vitest";
import { attachSnippet, quoted } from "./snippet.ts";

test("without a schedule the job keeps its own scheduler", () => {
  expect(attachSnippet("").split("\n")).toHaveLength(3);
  expect(attachSnippet("")).toContain("rheostat.attach(optimizer, scheduler)");
});

test("with one, the schedule drives the job", () => {
  expect(attachSnippet("linear 0 -> 1x; hold", 5000)).toContain(
    'ScheduleLR(optimizer, "linear 0 -> 1x; hold", total=5000)',
  );
  expect(attachSnippet("hold")).toContain("total=total_steps");
});

test("quoting keeps quotes and backslashes", () => {
  expect(quoted('a "b" \\')).toBe('"a \\"b\\" \\\\"');
  expect(quoted("a\nb")).toBe('"""\na\nb\n"""');
});
