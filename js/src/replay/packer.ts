import type { ArraySpec } from "../generated/schema";

/** Collects the arrays of one frame into one block of bytes, as Python's packer does. */
export function createPacker() {
  const chunks: [start: number, bytes: Uint8Array][] = [];
  let length = 0;
  const append = (bytes: Uint8Array): number => {
    const start = length;
    chunks.push([start, bytes]);
    length += Math.ceil(bytes.length / 4) * 4;
    return start;
  };
  return {
    append,
    /** Appends numbers with their largest rounding error. */
    add(values: Float32Array, shape: number[], error = 0): ArraySpec {
      const { buffer, byteOffset, byteLength } = values;
      const start = append(new Uint8Array(buffer, byteOffset, byteLength));
      return { dtype: "f4", shape, start, scale: 1, offset: 0, error };
    },
    bytes(): DataView {
      const all = new Uint8Array(length);
      for (const [start, bytes] of chunks) all.set(bytes, start);
      return new DataView(all.buffer);
    },
  };
}
