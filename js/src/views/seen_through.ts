import type { LayerInfo } from "../generated/schema";
import { correlate, mapSize, type Plane, pad, plane } from "../lib/convolution";
import { largest } from "../lib/kernel_stats";
import type { ProbePicture } from "../model/model";
import { inputChannel, kernelSize } from "./layer";

/** A map made in the page, and its largest magnitude. */
export interface SeenMap extends Plane {
  largest: number;
}

/** Maps that kernels make of the probe picture, exactly, without the bias; a few per display frame. */
export interface SeenThrough {
  /** Takes note of the picture and the layer; true when the maps' size has changed. */
  aim(layer: LayerInfo, probe: ProbePicture | null): boolean;
  /** Size of a map as `[rows, columns]`; null where this layer does not read this picture. */
  readonly size: readonly [number, number] | null;
  /** New kernels came: every map is out of date. */
  expire(): void;
  /** Gives maps `budgetMs` to be brought up to date. */
  begin(budgetMs: number): void;
  /**
   * The map of one kernel, or of a whole filter (`input` null), at every `step`-th place. An older
   * one where time was up, or null; `unfinished` is then true.
   */
  map(
    values: ArrayLike<number>,
    start: number,
    out: number,
    input: number | null,
    step: number,
  ): SeenMap | null;
  readonly unfinished: boolean;
}

const MOST_MAPS = 2048;

export function createSeenThrough(): SeenThrough {
  let layer: LayerInfo | null = null;
  let probe: ProbePicture | null = null;
  let channels: Plane[] = [];
  let size: [number, number] | null = null;
  let generation = 0;
  let deadline = 0;
  let unfinished = false;
  const made = new Map<string, { map: SeenMap; generation: number }>();

  const compute = (
    values: ArrayLike<number>,
    start: number,
    out: number,
    input: number | null,
    step: number,
  ): SeenMap => {
    const { stride, dilation, shape } = layer!;
    const kernel = kernelSize(layer!);
    const cells = kernel.reduce((product, n) => product * n, 1);
    const sliding = { stride: stride.map((s) => s * step), dilation };
    const inputs = input === null ? Array.from({ length: shape[1]! }, (_, i) => i) : [input];
    let sum: (Plane & { data: Float64Array }) | null = null;
    inputs.forEach((i, nth) => {
      const padded = channels[inputChannel(layer!, out, i)]!;
      const weights = plane(values, kernel, start + nth * cells);
      sum = correlate(padded, weights, sliding, sum?.data);
    });
    const map = sum! as Plane;
    return { ...map, largest: largest(map.data, 0, map.data.length) };
  };

  return {
    aim(nextLayer, nextProbe) {
      if (nextLayer === layer && nextProbe === probe) return false;
      layer = nextLayer;
      probe = nextProbe;
      made.clear();
      const before = String(size);
      const spatial = probe?.shape.slice(1) ?? [];
      channels = [];
      size = null;
      if (probe && canSeeThrough(layer) && probe.shape[0] === layer.in_channels) {
        const points = spatial.reduce((product, n) => product * n, 1);
        channels = Array.from({ length: layer.in_channels }, (_, channel) =>
          pad(plane(probe!.data, spatial, channel * points), layer!),
        );
        const kernel = plane([], kernelSize(layer));
        const [rows, columns] = mapSize(channels[0]!, kernel, layer);
        if (rows > 0 && columns > 0) size = [rows, columns];
      }
      return String(size) !== before;
    },
    get size() {
      return size;
    },
    expire() {
      generation++;
      if (made.size > MOST_MAPS) made.clear();
    },
    begin(budgetMs) {
      deadline = performance.now() + budgetMs;
      unfinished = false;
    },
    map(values, start, out, input, step) {
      const key = `${out}/${input}/${step}`;
      const known = made.get(key);
      if (known?.generation === generation) return known.map;
      if (performance.now() > deadline) {
        unfinished = true;
        return known?.map ?? null;
      }
      const map = compute(values, start, out, input, step);
      made.set(key, { map, generation });
      return map;
    },
    get unfinished() {
      return unfinished;
    },
  };
}

/** Whether what this layer does to a picture can be computed here. */
export function canSeeThrough(layer: LayerInfo): boolean {
  return layer.reads_image && !layer.transposed && layer.shape.length <= 4;
}
