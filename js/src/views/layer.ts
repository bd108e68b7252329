import type { LayerInfo } from "../generated/schema";
import { shape } from "../lib/format";
import type { Model } from "../model/model";

/** The layer on show: the one the control names, else the first; null while there are none. */
export function layerOf(model: Model): LayerInfo | null {
  const layers = model.get("_info")?.layers ?? [];
  const name = model.get("layer");
  return (
    layers.find((layer) => layer.names.includes(name) || layer.name === name) ?? layers[0] ?? null
  );
}

/** The order in which filters are shown: index by position. */
export function orderOf(model: Model, layer: LayerInfo): readonly number[] {
  const order = model.get("_order") ?? [];
  const count = layer.shape[0]!;
  return order.length === count ? order : Array.from({ length: count }, (_, i) => i);
}

/** Spatial extent of one kernel. */
export function kernelSize(layer: LayerInfo): number[] {
  return layer.shape.slice(2);
}

/** The channel of the layer's input that a kernel reads; groups start further on. */
export function inputChannel(layer: LayerInfo, out: number, input: number): number {
  const [outs, ins] = layer.shape as [number, number];
  return Math.floor(out / (outs / layer.groups)) * ins + input;
}

/** "filter 3", or with several inputs "filter 3, input 1". */
export function kernelName(layer: LayerInfo, out: number, input: number | null): string {
  const alone = layer.shape[1] === 1 || input === null;
  return alone ? `filter ${out}` : `filter ${out}, input ${inputChannel(layer, out, input)}`;
}

/** "8 filters of 7×7", "16 × 8 kernels of 3×3". */
export function layerName(layer: LayerInfo): string {
  const [outs, ins] = layer.shape as [number, number];
  const size = shape(kernelSize(layer)) || "1";
  return ins === 1
    ? `${outs} ${outs === 1 ? "filter" : "filters"} of ${size}`
    : `${outs} filters × ${ins} inputs of ${size}`;
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
