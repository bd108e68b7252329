import type { Field } from "../draw/tiles";
import type { LayerInfo } from "../generated/schema";
import { coveredBy, highest, plane } from "../lib/convolution";
import { range } from "../lib/range";
import type { Model } from "../model/model";
import { inputChannel, kernelName, product, readsColor } from "./layer";
import { paddedProbe, seeThrough } from "./seen_through";

/** The place of the probe picture that a kernel answers to most. */
export interface BestFit {
  /** "filter 3". */
  name: string;
  /** How many inputs the kernel and the spot hold, one after the other. */
  inputs: number;
  kernel: Field;
  /** What lies under the kernel there. */
  spot: Field;
  /** The cells of the picture that it spans: left (below zero in the padding), top, width, height. */
  box: readonly number[];
}

/**
 * Finds the best fit, exactly, of the selected kernel, or with colors of its whole filter; null where
 * the layer reads no picture or the frame does not hold it.
 */
export function findBestFit(model: Model, layer: LayerInfo): BestFit | null {
  const { frame } = model;
  const padded = paddedProbe(model, layer);
  if (!frame || !padded) return null;
  const { name, shape, stride, padding, dilation } = layer;
  const { kernels: part, selected } = frame.header;
  const [, ins, ...size] = shape as [number, number, ...number[]];
  const [out] = model.get("selected") ?? [0];
  const color = readsColor(layer) && (model.get("rgb") ?? true);
  const row = part?.outs.indexOf(out) ?? -1;
  const whole =
    color && part?.layer === name && part.show === "weight" && part.ins[1] - part.ins[0] === ins;
  const own = selected?.layer === name && selected.kernel[0] === out;
  const spec = whole && row >= 0 ? part.values : own ? selected.values : null;
  if (!spec) return null;
  const { data } = frame.array(spec);
  const inputs = spec === selected?.values ? [selected.kernel[1]] : range(ins);
  const start = spec === selected?.values ? 0 : row * product(shape.slice(1));
  const place = highest(seeThrough(layer, padded, data, start, out, inputs))!;
  const { rows, columns } = plane([], size);
  const spot = inputs.flatMap((input) => [
    ...(coveredBy(padded[inputChannel(layer, out, input)]!, { rows, columns }, layer, place)
      .data as Float64Array),
  ]);
  const x = size.length - 1;
  const first = (axis: number, nth: number): number => nth * stride[axis]! - padding[axis]![0];
  const span = (axis: number, cells: number): number => dilation[axis]! * (cells - 1) + 1;
  return {
    name: kernelName(layer, out, inputs.length > 1 ? null : inputs[0]!),
    inputs: inputs.length,
    kernel: { data, start, rows, columns },
    spot: { data: spot, start: 0, rows, columns },
    box: [first(x, place[1]), x ? first(0, place[0]) : 0, span(x, columns), x ? span(0, rows) : 1],
  };
}
