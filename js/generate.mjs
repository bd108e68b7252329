// The contract is written once, in kernelwidgets/wire/schema.py; this turns it into TypeScript.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const root = fileURLToPath(new URL("..", import.meta.url));

function readSchema() {
  const python = process.env.PYTHON ?? `${root}.venv/bin/python`;
  const env = { ...process.env, PYTHONPATH: root };
  return JSON.parse(
    execFileSync(python, [`${root}tools/print_schema.py`], { env, encoding: "utf8" }),
  );
}

/** The same schema in the words that json-schema-to-typescript knows. */
function translate(node) {
  if (Array.isArray(node)) return node.map(translate);
  if (node === null || typeof node !== "object") return node;
  const { prefixItems, ...rest } = node;
  // A schema's title is a string; a field of that name is a schema.
  if (typeof rest.title === "string") delete rest.title;
  const out = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, translate(value)]),
  );
  if (prefixItems) out.items = prefixItems.map(translate);
  if (typeof out.description === "string") out.description = out.description.replace(/^ {4}/gm, "");
  return out;
}

/** Python always sends every field; only what the page sends may leave out those with a default. */
function requireWhatIsAlwaysSent(definitions) {
  for (const { properties, ...struct } of Object.values(definitions)) {
    if (properties && !("op" in properties) && !("event" in properties)) {
      struct.required?.splice(0, Infinity, ...Object.keys(properties));
    }
  }
}

/** Drop the remarks of json-schema-to-typescript about itself, and its empty root type. */
function withoutChatter(text) {
  return text
    .replace(/^export interface Wire \{\}\n/m, "")
    .replace(
      /( \*\n)? \* This interface was referenced by `Wire`'s JSON-Schema\n \* via the .*\n/g,
      "",
    )
    .replace(/ *\/\*\*\n( *\* @(min|max)Items \d+\n)+ *\*\/\n/g, "")
    .replace(/( *\*\n)?( *\* @(min|max)Items \d+\n)+/g, "")
    .replace(/^\/\*\*\n \*\/\n/gm, "");
}

const schema = translate(readSchema());
requireWhatIsAlwaysSent(schema.$defs);
const types = await compile(schema, "Wire", {
  additionalProperties: false,
  bannerComment: "// Made by `npm run generate` from kernelwidgets/wire/schema.py.",
  style: { printWidth: 100 },
  unreachableDefinitions: true,
});
const target = process.argv[2] ?? `${root}js/src/generated/schema.ts`;
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, withoutChatter(types));
