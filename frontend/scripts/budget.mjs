// Fails when a page grows beyond its budget: all scripts and styles that opening it loads, gzipped, but the chart library.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 140;
const PAGES = [
  "src/design/DesignPage.tsx",
  "src/runs/RunsPage.tsx",
  "src/run/RunPage.tsx",
  "src/compare/ComparePage.tsx",
  "src/access/SettingsPage.tsx",
];
// Fetched when there is a use for it, not when the page is opened: for a text with a plateau, with the first hand or
// key on a chart or in the editor, at a press.
const LATER = ["src/design/TracePanel.tsx", "src/chart/Cursor.tsx", "src/run/RivalForm.tsx"];
const built = fileURLToPath(new URL("../../server/rheostat_server/static/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${built}.vite/manifest.json`, "utf8"));

/** The built files behind `key` and all that it imports at once. */
function filesOf(key, found = new Set()) {
  const chunk = manifest[key];
  if (chunk.name?.startsWith("plotly") || found.has(chunk.file)) return found;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file);
  for (const other of chunk.imports ?? []) filesOf(other, found);
  return found;
}

/** All that opening `page` loads: the frame, the page, and what the page asks for by itself. */
function loaded(page) {
  const files = filesOf("index.html");
  const asked = (manifest[page].dynamicImports ?? []).filter((key) => !LATER.includes(key));
  for (const key of [page, ...asked]) filesOf(key, files);
  return [...files];
}

const size = (file) => gzipSync(readFileSync(built + file), { level: 9 }).length / 1000;
const over = [];
for (const page of PAGES) {
  const files = loaded(page);
  const sum = files.reduce((total, file) => total + size(file), 0);
  console.log(`${sum.toFixed(1).padStart(7)} KB of ${BUDGET_KB} KB  ${page}`);
  for (const file of files) console.log(`        ${size(file).toFixed(1).padStart(7)}  ${file}`);
  if (sum > BUDGET_KB) over.push(page);
}
if (over.length > 0) {
  console.error(`Over the budget: ${over.join(", ")}.`);
  process.exit(1);
}
