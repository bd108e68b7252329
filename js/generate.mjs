// The contract is written once, in kernelwidgets/wire/schema.py; this turns it into TypeScript.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const python = process.env.PYTHON ?? `${root}.venv/bin/python`;
const schema = JSON.parse(
  execFileSync(python, ["-m", "kernelwidgets.wire.schema"], { cwd: root, encoding: "utf8" }),
);
const types = await compile(schema, "Wire", {
  additionalProperties: false,
  bannerComment: "// Made by `npm run generate` from kernelwidgets/wire/schema.py.",
  format: true,
  style: { printWidth: 100 },
  unreachableDefinitions: true,
});
const target = process.argv[2] ?? fileURLToPath(new URL("src/generated/schema.ts", import.meta.url));
mkdirSync(new URL(".", `file://${target}`), { recursive: true });
writeFileSync(target, types);
