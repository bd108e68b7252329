import type { LayerInfo } from "../generated/schema";
import { shape } from "../lib/format";
import { createPalette } from "../lib/palette";
import { range } from "../lib/range";
import type { Model } from "../model/model";
import type { Context } from "./view";

/** The layer on show: the one the control names, else the first; null while there are none. */
export function layerOf(model: Model): LayerInfo | null {
  const layers = model.get("_info")?.layers ?? [];
  const name = model.get("layer");
  return (
    layers.find((layer) => layer.names.includes(name) || layer.name === name) ?? layers[0] ?? null
  );
}

/** The order in which filters are shown, perhaps not all: index by position. */
export function orderOf(model: Model, [count]: readonly number[]): readonly number[] {
  const order = model.get("_order") ?? [];
  const chosen = order.length || model.frame?.header.kernels?.outs.length === 0;
  return chosen ? order : range(count!);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** The channel of the layer's input that a kernel reads; groups start further on. */
export function inputChannel({ shape, groups }: LayerInfo, out: number, input: number): number {
  const [outs, ins] = shape as [number, number];
  return Math.floor(out / (outs / groups)) * ins + input;
}

/** "filter 3", or with several inputs "filter 3, input 1". */
export function kernelName(layer: LayerInfo, out: number, input: number | null): string {
  const alone = layer.shape[1] === 1 || input === null;
  return `filter ${out}${alone ? "" : `, input ${inputChannel(layer, out, input)}`}`;
}

/** "8 filters of 7×7", "16 filters × 8 inputs of 3×3". */
export function layerName({ shape: [outs, ins, ...size] }: LayerInfo): string {
  const inputs = ins === 1 ? "" : ` × ${ins} inputs`;
  return `${outs} ${outs === 1 && !inputs ? "filter" : "filters"}${inputs} of ${shape(size) || 1}`;
}

/** Whether the layer reads a picture of three channels, so that its filters have colors. */
export function readsColor({ reads_image, shape, groups }: LayerInfo): boolean {
  return reads_image && shape.length === 4 && shape[1] === 3 && groups === 1;
}

/** The palette of weights: the one that the control names, as this page is light or dark. */
export function paletteOf(
  { model, theme }: Context,
  name = model.get("palette") ?? "RdBu",
): Uint32Array {
  return createPalette(name, theme.dark);
}
