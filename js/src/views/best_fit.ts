import type { LayerInfo } from "../generated/schema";
import { correlate, coveredBy, highest, type Plane, pad, plane } from "../lib/convolution";
import type { Model } from "../model/model";
import { readsColor } from "./kernel_tiles";
import { inputChannel, kernelName, kernelSize } from "./layer";
import { canSeeThrough } from "./seen_through";

/** The place of the probe picture that a kernel answers to most. */
export interface BestFit {
  /** "filter 3". */
  name: string;
  /** The kernel, and what lies under it there: one plane for each channel that it reads. */
  kernels: Plane[];
  spot: Plane[];
  /** First cell of the picture under the kernel (below zero in the padding), and cells it spans. */
  row: number;
  column: number;
  rows: number;
  columns: number;
}

/** Finds the best fit of the selected kernel, exactly; null where the layer reads no picture. */
export function findBestFit(model: Model, layer: LayerInfo): BestFit | null {
  const probe = model.probe;
  const own = kernelOnShow(model, layer);
  if (!probe || !own || !canSeeThrough(layer) || probe.shape[0] !== layer.in_channels) return null;
  const spatial = probe.shape.slice(1);
  const points = spatial.reduce((product, n) => product * n, 1);
  let sum: (Plane & { data: Float64Array }) | undefined;
  const padded = own.inputs.map((input, nth) => {
    const channel = inputChannel(layer, own.out, input);
    const picture = pad(plane(probe.data, spatial, channel * points), layer);
    sum = correlate(picture, own.kernels[nth]!, layer, sum?.data);
    return picture;
  });
  const place = sum && highest(sum);
  if (!place) return null;
  const kernel = own.kernels[0]!;
  const two = spatial.length > 1;
  const at = (axis: number, nth: number): number =>
    nth * layer.stride[axis]! - layer.padding[axis]![0];
  const span = (axis: number, cells: number): number => layer.dilation[axis]! * (cells - 1) + 1;
  const last = spatial.length - 1;
  return {
    name: kernelName(layer, own.out, own.inputs.length > 1 ? null : own.inputs[0]!),
    kernels: own.kernels,
    spot: padded.map((picture) => coveredBy(picture, kernel, layer, place)),
    row: two ? at(0, place[0]) : 0,
    column: at(last, place[1]),
    rows: two ? span(0, kernel.rows) : 1,
    columns: span(last, kernel.columns),
  };
}

/** The selected kernel, or with all its colors the whole filter, as far as the frame holds it. */
function kernelOnShow(model: Model, layer: LayerInfo) {
  const [out, input] = model.get("selected") ?? [0, 0];
  const frame = model.frame;
  if (!frame) return null;
  const size = kernelSize(layer);
  const { kernels: part, selected } = frame.header;
  const row = part?.outs.indexOf(out) ?? -1;
  const whole = part?.ins[0] === 0 && part.ins[1] === layer.shape[1];
  if (readsColor(layer) && (model.get("rgb") ?? true)) {
    if (part?.layer === layer.name && part.show === "weight" && part.values && whole && row >= 0) {
      const { data } = frame.array(part.values);
      const cells = size.reduce((product, n) => product * n, 1);
      const inputs = Array.from({ length: layer.shape[1]! }, (_, i) => i);
      const start = row * inputs.length * cells;
      return { out, inputs, kernels: inputs.map((i) => plane(data, size, start + i * cells)) };
    }
  }
  if (selected?.layer !== layer.name || selected.kernel[0] !== out) return null;
  const values = frame.array(selected.values);
  return { out, inputs: [selected.kernel[1] ?? input], kernels: [plane(values.data, size)] };
}
