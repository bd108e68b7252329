import type { Names, Traits } from "../generated/schema";
import { statsOf } from "../lib/kernel_stats";
import type { LayerFrame } from "./layer_frame";

type Sorting = Pick<Traits, "sort" | "show">;

/** The filters of a layer as they are sorted: by index, or by falling norm as they are now. */
export function orderBy({ sort, show }: Sorting, layer: LayerFrame): number[] {
  const count = layer.info.shape[0]!;
  const order = [...Array(count).keys()];
  const quantity =
    sort === "change" ? sort : show === "change" || show === "gradient" ? show : "weight";
  const values = sort === "norm" || sort === "change" ? layer.floats(quantity) : null;
  if (!values) return order;
  const each = values.length / count;
  const norms = order.map((out) => statsOf(values, out * each, each).norm);
  return order.sort((a, b) => norms[b]! - norms[a]!);
}

/** The names of a layer's kernels as of a step: the last that were taken by then. */
export function namesAt(all: readonly Names[], layer: string, step: number): Names | null {
  const own = all.filter((names) => names.layer === layer);
  return own.findLast((names) => names.step <= step) ?? own[0] ?? null;
}
