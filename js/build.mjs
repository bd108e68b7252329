import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { minify } from "terser";
import * as shortcuts from "./src/shortcuts.js";

// Each entry becomes one self-contained file of the wheel: source → name in kernelwidgets/static/.
const entries = {
  "src/index.ts": "live",
  "src/hand/index.ts": "hand",
  "src/explorer.ts": "explorer",
  "src/gallery.ts": "gallery",
  "src/gradient.ts": "gradient",
  "src/player.ts": "player",
  "src/page.ts": "page",
  "src/embed.ts": "embed",
};

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

// Folders whose types are all ours; elsewhere types may describe data that come from Python.
const OURS = /^src\/(views|hand|ui|draw|lib|model|explorer|gallery|gradient)\/(?!host).*\.ts$/;

/**
 * Members of our own types: they are shortened where the same word means nothing to the platform, stands
 * in no other type, and nowhere in quotes, as names that are looked up do.
 */
function ownMembers(sources) {
  const [members, kept] = [new Set(), new Set()];
  const add = (set, text, pattern) => {
    for (const [, name] of text.matchAll(pattern)) set.add(name);
  };
  const member = /^\s+(?:readonly |get |set )*"?([\w$]+)"?\??[(:<]/gm;
  for (const path of globSync("node_modules/@typescript/*/lib/lib.*.d.ts", { cwd: here })) {
    add(kept, readFileSync(here + path, "utf8"), member);
  }
  for (const [path, text] of sources.filter(([path]) => path.endsWith(".ts"))) {
    add(kept, text, /["'](\w+)["']/g);
    for (const [own] of text.matchAll(/^(?:export )?interface .*?^\}/gms)) {
      add(OURS.test(path) ? members : kept, own, member);
    }
  }
  return new RegExp(`^(${[...members].filter((name) => !kept.has(name)).join("|")})$`);
}

/** The same short names in every file, shortest for the most frequent: styles may meet on one page. */
function shortNames(sources) {
  const counts = new Map();
  for (const [, text] of sources) {
    for (const [name] of text.matchAll(OWN_NAME)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts.keys()].sort().sort((a, b) => counts.get(b) - counts.get(a));
  return new Map(names.map((name, nth) => [name, `k${nth.toString(36)}`]));
}

/**
 * The hand is a function of what it shares with the live views: of modules that they hold already,
 * it takes what `kit.ts` lists.
 */
const shared = new Set();
const takenFromKit = {
  name: "taken-from-kit",
  setup({ onLoad, onResolve }) {
    const kit = readFileSync(`${here}src/kit.ts`, "utf8");
    const names = [...kit.matchAll(/\{(.*?)\}/g)].map(([, list]) => list);
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = `${relative(here, resolve(resolveDir, path))}.ts`;
      return shared.has(file) ? { path: "kit", namespace: "kit" } : null;
    });
    onLoad({ filter: /^/, namespace: "kit" }, () => ({
      contents: `export const {${names}} = kit;`,
    }));
  },
};

const sources = globSync("src/**/*.{ts,css}", { cwd: here })
  .sort()
  .map((path) => [path, readFileSync(here + path, "utf8")]);
const short = shortNames(sources);
const mangleProps = ownMembers(sources);
let liveNames = {};
mkdirSync(`${here}../kernelwidgets/static`, { recursive: true });
for (const [source, name] of Object.entries(entries).filter(([path]) => existsSync(here + path))) {
  const isHand = name === "hand";
  const { outputFiles, metafile, mangleCache } = await build({
    absWorkingDir: here,
    entryPoints: [source],
    bundle: true,
    // Pages and what stands beside a frame are plain scripts: names of theirs stay inside.
    format: /page|embed|hand/.test(name) ? "iife" : "esm",
    ...(isHand && {
      globalName: "hand",
      banner: { js: "export default kit=>{" },
      footer: { js: "return hand.hand}" },
    }),
    mangleCache: isHand ? liveNames : {},
    target,
    minify: true,
    mangleProps,
    charset: "utf8",
    legalComments: "none",
    plugins: [minifiedStyles, ...(isHand ? [takenFromKit] : [])],
    metafile: true,
    inject: ["src/shortcuts.js"],
    define: Object.fromEntries(
      Object.keys(shortcuts).map((key) => [key.replace(/_$/, "").replace("_", "."), key]),
    ),
    write: false,
    logLevel: "warning",
  });
  if (name === "live") {
    liveNames = mangleCache;
    for (const file of Object.keys(metafile.inputs)) shared.add(file);
  }
  const code = outputFiles[0].text.replace(OWN_NAME, (own) => short.get(own));
  const compress = { passes: 3, ecma: 2022, pure_getters: true, unsafe: true, unsafe_arrows: true };
  const { code: least } = await minify(code, { module: true, compress, format: { ecma: 2022 } });
  writeFileSync(`${here}../kernelwidgets/static/${name}.js`, least);
}
