import { expect, test } from "vitest";
import { PLACES } from "./shortcuts.ts";

const sources = import.meta.glob<string>("../**/*.tsx", { query: "?raw", import: "default", eager: true });
const told = new Set(PLACES.flatMap(({ shortcuts }) => shortcuts.flatMap(({ keys }) => keys)));

test("every key that a page listens to is in the help", () => {
  const listened = Object.values(sources).flatMap((source) =>
    [...source.matchAll(/useKeys\(\{([\s\S]*?)\n?\s*\}\);/g)].flatMap(([, body]) =>
      [...(body ?? "").matchAll(/(?:^|[{,\n])\s*(?:"([^"]+)"|(\w+)):\s*\(/g)].map(
        ([, quoted, bare]) => quoted ?? bare,
      ),
    ),
  );
  expect(listened.length).toBeGreaterThan(8);
  expect(listened.filter((key) => !told.has(key ?? ""))).toEqual([]);
});
