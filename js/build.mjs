import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { minify } from "terser";
import * as shortcuts from "./src/shortcuts.js";

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

// Classes and custom properties. Attributes (data-kw-…) are for others to read and keep their names, and
// so do the explorer's parts (kw-x-…), which its browser tests look for.
const OWN_NAME = /(?<!data-|[\w$])kw-(?!x\b)[a-z][a-z-]*/g;

/** The same short names in every file: their style sheets may meet on one page. */
function shortNames() {
  const sources = globSync("src/**/*.{ts,css}", { cwd: here }).sort();
  const names = new Set(
    sources.flatMap((path) => readFileSync(here + path, "utf8").match(OWN_NAME)),
  );
  return new Map([...names].map((name, nth) => [name, `kw${nth.toString(36)}`]));
}

const short = shortNames();
mkdirSync(`${here}../kernelwidgets/static`, { recursive: true });
for (const [source, name] of Object.entries(entries).filter(([path]) => existsSync(here + path))) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [source],
    bundle: true,
    format: "esm",
    target,
    minify: true,
    charset: "utf8",
    legalComments: "none",
    plugins: [minifiedStyles],
    inject: ["src/shortcuts.js"],
    define: Object.fromEntries(Object.keys(shortcuts).map((key) => [key.replace("_", "."), key])),
    write: false,
    logLevel: "warning",
  });
  const code = outputFiles[0].text.replace(OWN_NAME, (own) => short.get(own));
  const compress = { passes: 3, ecma: 2022, pure_getters: true };
  const { code: least } = await minify(code, { module: true, compress, format: { ecma: 2022 } });
  writeFileSync(`${here}../kernelwidgets/static/${name}.js`, least);
}
