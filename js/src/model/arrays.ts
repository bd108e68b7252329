import type { ArraySpec } from "../generated/schema";

/** An array of a frame, as numbers to draw with. */
export interface Values {
  data: Float32Array | Int32Array;
  shape: number[];
  /** Largest rounding error, in the units of the values; 0 is exact. */
  error: number;
}

/** Reads one array out of a frame's bytes; `bytes` may start anywhere in its buffer. */
export function decodeArray(spec: ArraySpec, { buffer, byteOffset }: DataView): Values {
  const { shape, dtype, error, scale, offset } = spec;
  const size = (dtype === "u1" ? 1 : 4) * shape.reduce((product, n) => product * n, 1);
  const start = byteOffset + spec.start;
  // A typed array needs an aligned start, which the host's buffer does not promise.
  const stored = buffer.slice(start, start + size) as ArrayBuffer;
  if (dtype !== "u1") {
    return { data: new (dtype === "i4" ? Int32Array : Float32Array)(stored), shape, error };
  }
  const data = new Float32Array(size);
  const levels = new Uint8Array(stored);
  for (let i = 0; i < size; i++) data[i] = levels[i]! * scale + offset;
  return { data, shape, error };
}
