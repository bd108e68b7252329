import type { FrameHeader, HandMade, LayerInfo } from "../generated/schema";
import { largest } from "../lib/kernel_stats";
import type { Model } from "../model/model";
import { inputChannel, layerName, product } from "../views/layer";
import type { Store } from "./store";

/** One kernel of the gallery, its numbers from `start`: `depth` planes of `size`. */
export interface Kernel {
  name: string;
  /** The name where nothing stands around it. */
  fullName: string;
  size: readonly [number, number];
  dilation: readonly number[];
  depth: number;
  /** Channels of the picture as this kernel reads it, and the first of them that it sees. */
  channels: number;
  first: number;
  values: ArrayLike<number>;
  start: number;
  /** Its colors run from −limit to limit. */
  limit: number;
  /** Another one when the numbers may have changed. */
  version: unknown;
}

/** Kernels that belong together. */
export interface Group {
  title: string;
  text: string;
  kernels: readonly Kernel[];
}

/** More filters than this are too many to look at. */
export const MOST_FILTERS = 96;

/** The layer on show, or null. */
export function shownLayer(model: Model): LayerInfo | null {
  const name = model.get("layer");
  return model.get("_info")?.layers.find((layer) => layer.name === name) ?? null;
}

/** Whether a layer reads pictures as people have them. */
export function readsPictures(layer: LayerInfo): boolean {
  return !layer.transposed && layer.shape.length === 4 && [1, 3].includes(layer.in_channels);
}

/** Collects the kernels to show; what has not changed stays the same object. */
export function createCollection(model: Model, store: Store): () => readonly Group[] {
  let [made, header, layer]: [unknown, FrameHeader | null, LayerInfo | null] = [null, null, null];
  let byHand: Group = { title: "", text: "", kernels: [] };
  let learned: Group = byHand;
  return () => {
    if (store.handMade !== made) {
      made = store.handMade;
      byHand = { title: "Hand-made", text: "", kernels: store.handMade.map(handMade) };
    }
    const [now, on] = [model.frame?.header ?? null, shownLayer(model)];
    if (now !== header || on !== layer) {
      [header, layer] = [now, on];
      learned = learnedGroup(model, on);
    }
    return [byHand, learned].filter(({ kernels }) => kernels.length > 0);
  };
}

function handMade(made: HandMade): Kernel {
  const { name, shape, values } = made;
  return {
    name,
    fullName: name,
    size: shape,
    dilation: [1, 1],
    depth: 1,
    channels: 1,
    first: 0,
    values,
    start: 0,
    limit: largest(values, 0, values.length) || 1,
    version: made,
  };
}

function learnedGroup(model: Model, layer: LayerInfo | null): Group {
  const info = model.get("_info")!;
  const header = model.frame?.header;
  const part = header?.kernels;
  if (!layer || !header || !part?.values || part.layer !== layer.name) {
    return { title: "", text: "", kernels: [] };
  }
  const values = model.frame!.array(part.values).data;
  const [depth, rows, columns] = layer.shape.slice(1) as [number, number, number];
  const cells = product([depth, rows, columns]);
  const outs = part.outs.slice(0, MOST_FILTERS);
  const missing = layer.shape[0]! - outs.length;
  return {
    title: info.layers.length > 1 || !info.title ? layer.name : info.title,
    text: [
      layerName(layer),
      missing > 0 && `${outs.length} of them shown`,
      header.step > 0 && `step ${header.step}`,
    ]
      .filter(Boolean)
      .join(", "),
    kernels: outs.map((out, nth) => ({
      name: String(out),
      fullName: `Filter ${out}${info.layers.length > 1 ? ` of ${layer.name}` : ""}`,
      size: [rows, columns],
      dilation: layer.dilation,
      depth,
      channels: layer.in_channels,
      first: inputChannel(layer, out, 0),
      values,
      start: nth * cells,
      limit: largest(values, nth * cells, cells) || 1,
      version: header,
    })),
  };
}
