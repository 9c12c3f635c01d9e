// Fails when the application grows beyond its budget: all scripts and styles but the chart library, gzipped.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 140;
const assets = fileURLToPath(new URL("../../server/rheostat_server/static/assets/", import.meta.url));

let sum = 0;
for (const name of readdirSync(assets)) {
  if (!/\.(js|css)$/.test(name)) continue;
  const size = gzipSync(readFileSync(assets + name), { level: 9 }).length / 1000;
  const counts = !name.startsWith("plotly");
  if (counts) sum += size;
  console.log(`${size.toFixed(1).padStart(7)} KB  ${name}${counts ? "" : "  (not counted)"}`);
}
console.log(`${sum.toFixed(1).padStart(7)} KB  of ${BUDGET_KB} KB`);
if (sum > BUDGET_KB) {
  console.error(`The application is ${(sum - BUDGET_KB).toFixed(1)} KB over its budget.`);
  process.exit(1);
}
