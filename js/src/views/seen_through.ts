import type { LayerInfo } from "../generated/schema";
import { correlate, mapSize, type Plane, pad, plane } from "../lib/convolution";
import { range } from "../lib/range";
import type { Model } from "../model/model";
import { inputChannel, product } from "./layer";

/** Whether there is a picture, and what this layer does to it can be computed here. */
export function canSeeThrough(model: Model, layer: LayerInfo): boolean {
  const { reads_image, transposed, shape } = layer;
  return !!model.get("_info")?.samples.length && reads_image && !transposed && shape.length <= 4;
}

/** The probe picture as this layer reads it: its channels, padded; null where it does not. */
export function paddedProbe(model: Model, layer: LayerInfo): Plane[] | null {
  const { probe } = model;
  if (!probe || !canSeeThrough(model, layer)) return null;
  const [channels, ...spatial] = probe.shape;
  const size = layer.shape.slice(2);
  if (channels !== layer.in_channels || spatial.length !== size.length) return null;
  const planes = range(channels).map((channel) =>
    pad(plane(probe.data, spatial, channel * product(spatial)), layer),
  );
  return Math.min(...mapSize(planes[0]!, plane([], size), layer)) > 0 ? planes : null;
}

/**
 * What a kernel, or with several inputs a filter, makes of the picture, without the bias, at every
 * `step`-th place. Its numbers follow each other from `start`.
 */
export function seeThrough(
  layer: LayerInfo,
  padded: readonly Plane[],
  values: ArrayLike<number>,
  start: number,
  out: number,
  inputs: readonly number[],
  step = 1,
): Plane & { data: Float64Array } {
  const size = layer.shape.slice(2);
  const sliding = { ...layer, stride: layer.stride.map((stride) => stride * step) };
  let sum: (Plane & { data: Float64Array }) | undefined;
  inputs.forEach((input, nth) => {
    const kernel = plane(values, size, start + nth * product(size));
    sum = correlate(padded[inputChannel(layer, out, input)]!, kernel, sliding, sum?.data);
  });
  return sum!;
}
