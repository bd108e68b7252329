import type { LayerInfo } from "../generated/schema";
import { correlate, mapSize, type Plane, pad, plane } from "../lib/convolution";
import type { Values } from "../model/arrays";

/** Maps get this much time per display frame; those for which there is none stay as they are. */
const COMPUTE_MS = 6;

/** Whether what this layer does to a picture can be computed here. */
export function canCompute({ reads_image, transposed, shape }: LayerInfo): boolean {
  return reads_image && !transposed && shape.length <= 4;
}

/** Feature maps of the layer that reads the picture, computed as they are wanted. */
export function createMaps() {
  let [madeFor, padded]: [unknown[], Plane[]] = [[], []];
  let maps = new Map<number, { data: Float64Array; of: unknown; turn: number }>();
  let turn = 0;

  const channelOf = ({ shape: [outs, ins], groups }: LayerInfo, out: number, input: number) =>
    Math.floor(out / (outs! / groups)) * ins! + input;
  const compute = (layer: LayerInfo, out: number, weights: Float32Array, bias: number) => {
    const [, ins, ...size] = layer.shape as [number, number, ...number[]];
    const cells = size.reduce((product, n) => product * n, 1);
    const [rows, columns] = mapSize(padded[0]!, plane([], size), layer);
    const data = new Float64Array(rows * columns).fill(bias);
    for (let input = 0; input < ins; input++) {
      const kernel = plane(weights, size, (out * ins + input) * cells);
      correlate(padded[channelOf(layer, out, input)]!, kernel, layer, data);
    }
    return data;
  };
  return {
    /**
     * The maps of these outputs one after the other, their shape, and whether all of them are of
     * `weights`; null where the picture does not fit the layer.
     */
    of(
      layer: LayerInfo,
      picture: Values,
      outs: readonly number[],
      weights: Float32Array,
      biases: Float32Array | null,
    ): { data: Float32Array; shape: number[]; complete: boolean } | null {
      const [channels, ...spatial] = picture.shape as [number, ...number[]];
      const size = layer.shape.slice(2);
      if (channels !== layer.in_channels || spatial.length !== size.length) return null;
      if (madeFor[0] !== layer || madeFor[1] !== picture) {
        const whole = spatial.reduce((product, n) => product * n, 1);
        padded = Array.from({ length: channels }, (_, channel) =>
          pad(plane(picture.data, spatial, channel * whole), layer),
        );
        madeFor = [layer, picture];
        maps = new Map();
      }
      const [rows, columns] = mapSize(padded[0]!, plane([], size), layer);
      if (Math.min(rows, columns) < 1) return null;
      const deadline = performance.now() + COMPUTE_MS;
      let complete = true;
      const data = new Float32Array(outs.length * rows * columns);
      turn++;
      // What has waited longest is made first.
      const age = (out: number): number => maps.get(out)?.turn ?? 0;
      for (const out of outs.toSorted((a, b) => age(a) - age(b))) {
        if (maps.get(out)?.of === weights) continue;
        if (performance.now() > deadline) complete = false;
        else {
          const made = compute(layer, out, weights, biases?.[out] ?? 0);
          maps.set(out, { data: made, of: weights, turn });
        }
      }
      outs.forEach((out, nth) => {
        const made = maps.get(out);
        if (made) data.set(made.data, nth * rows * columns);
      });
      const shape = spatial.length > 1 ? [outs.length, rows, columns] : [outs.length, columns];
      return { data, shape, complete };
    },
  };
}
