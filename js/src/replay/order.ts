import type { Names, Traits } from "../generated/schema";
import { statsOf } from "../lib/kernel_stats";
import type { LayerFrame } from "./layer_frame";

type Sorting = Pick<Traits, "sort" | "show">;

/** The filters of a layer as they are sorted: by index, by falling norm as it is now, by family. */
export function orderBy({ sort, show }: Sorting, layer: LayerFrame, names: Names | null): number[] {
  const count = layer.info.shape[0]!;
  const order = [...Array(count).keys()];
  const shown = show === "change" || show === "gradient" ? show : "weight";
  const values = sort === "index" ? null : layer.floats(sort === "change" ? sort : shown);
  if (!values) return order;
  const each = values.length / count;
  const norms = order.map((out) => statsOf(values, out * each, each).norm);
  // Words come in the order of their families.
  const rank = order.map((out) => (sort === "family" ? wordOf(names, layer, out) : 0));
  return order.sort((a, b) => rank[a]! - rank[b]! || norms[b]! - norms[a]!);
}

/** Whether a filter is of a family, or nothing is known yet. */
export function isOf(family: string, layer: LayerFrame, names: Names | null, out: number): boolean {
  const word = names?.words[wordOf(names, layer, out)];
  return word === undefined || (word.split(" ").at(-1) || "unstructured") === family;
}

/** The word, by its place, of a filter: that of its strongest kernel. */
function wordOf(names: Names | null, layer: LayerFrame, out: number): number {
  const row = names?.outs.indexOf(out) ?? -1;
  if (!names || row < 0) return -1;
  if (names.color) return names.names[row]!;
  const weights = layer.floats("weight");
  const [outs, ins] = layer.info.shape as [number, number];
  const cells = (weights?.length ?? 0) / (outs * ins);
  let [best, most] = [0, -1];
  for (let input = 0; weights && input < ins; input++) {
    const { norm } = statsOf(weights, (out * ins + input) * cells, cells);
    if (norm > most) [best, most] = [input, norm];
  }
  return names.names[row * ins + best]!;
}

/** The names of a layer's kernels as of a step: the last that were taken by then. */
export function namesAt(all: readonly Names[], layer: string, step: number): Names | null {
  const own = all.filter((names) => names.layer === layer);
  return own.findLast((names) => names.step <= step) ?? own[0] ?? null;
}

/** The same, with those marked that have been changed since. */
export function withStale(names: Names, edited: Iterable<number>, cells: number): Names {
  const ins = names.color ? 1 : names.ins[1] - names.ins[0];
  const kernel = names.color ? cells * names.ins[1] : cells;
  const changed = new Set([...edited].map((cell) => Math.floor(cell / kernel)));
  const stale = names.names
    .map((_, place) => place)
    .filter((place) => {
      const out = names.outs[Math.floor(place / ins)]!;
      return changed.has(names.color ? out : out * ins + (place % ins));
    });
  return { ...names, stale };
}
