import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

// Each entry becomes one self-contained file of the wheel: source → name in kernelwidgets/static/.
const entries = { "src/index.ts": "live", "src/explorer.ts": "explorer", "src/page.ts": "page" };

const here = fileURLToPath(new URL(".", import.meta.url));
const target = "es2022";

/** A style sheet is imported as its text: views adopt it where they are mounted. */
const minifiedStyles = {
  name: "minified-styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true, target });
      return { contents: code, loader: "text" };
    });
  },
};

await build({
  absWorkingDir: here,
  entryPoints: Object.entries(entries)
    .filter(([source]) => existsSync(here + source))
    .map(([source, name]) => ({ in: source, out: name })),
  outdir: "../kernelwidgets/static",
  bundle: true,
  format: "esm",
  target,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  plugins: [minifiedStyles],
  logLevel: "warning",
});
