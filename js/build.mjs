import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// Each entry becomes one self-contained file of the wheel: source → name in kernelwidgets/static/.
const entries = { "src/index.ts": "live", "src/explorer.ts": "explorer", "src/page.ts": "page" };

const here = fileURLToPath(new URL(".", import.meta.url));
await build({
  absWorkingDir: here,
  entryPoints: Object.entries(entries)
    .filter(([source]) => existsSync(here + source))
    .map(([source, name]) => ({ in: source, out: name })),
  outdir: "../kernelwidgets/static",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  loader: { ".css": "text" },
  logLevel: "warning",
});
