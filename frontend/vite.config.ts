import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Put the theme choice into a blocking script of its own, so that no page paints in the wrong theme. It must
 * be a file: the server's content security policy forbids inline scripts.
 */
function themeBoot(): Plugin {
  const source = (): string => readFileSync(here("src/shell/theme-boot.js"), "utf8");
  let building = false;
  return {
    name: "theme-boot",
    configResolved(config) {
      building = config.command === "build";
    },
    buildStart() {
      if (building) this.emitFile({ type: "asset", name: "theme.js", source: source() });
    },
    transformIndexHtml: {
      order: "post",
      handler(html, context) {
        const built = Object.values(context.bundle ?? {}).find(
          (file) => file.type === "asset" && file.names.includes("theme.js"),
        );
        const script = built ? `<script src="./${built.fileName}"></script>` : `<script>${source()}</script>`;
        return html.replace("<!--theme-->", script);
      },
    },
  };
}

const server = process.env["RHEOSTAT_SERVER"] ?? "http://127.0.0.1:7436";

export default defineConfig({
  base: "./",
  plugins: [themeBoot()],
  build: {
    outDir: here("../server/rheostat_server/static"),
    emptyOutDir: true,
    manifest: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1300,
  },
  server: {
    proxy: { "/api": { target: server }, "/ws": { target: server, ws: true } },
  },
  test: { include: ["src/**/*.test.ts"] },
});
