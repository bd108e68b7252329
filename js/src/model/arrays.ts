import type { ArraySpec } from "../generated/schema";

/** An array of a frame, as numbers to draw with. */
export interface Values {
  data: Float32Array | Int32Array;
  shape: number[];
  /** Largest rounding error, in the units of the values; 0 is exact. */
  error: number;
}

/** Reads one array out of a frame's bytes; `bytes` may start anywhere in its buffer. */
export function decodeArray(spec: ArraySpec, bytes: DataView): Values {
  const count = spec.shape.reduce((product, size) => product * size, 1);
  const start = bytes.byteOffset + spec.start;
  const shape = spec.shape;
  const error = spec.error ?? 0;
  if (spec.dtype === "u1") {
    const stored = new Uint8Array(bytes.buffer, start, count);
    const data = new Float32Array(count);
    const scale = spec.scale ?? 1;
    const offset = spec.offset ?? 0;
    for (let i = 0; i < count; i++) data[i] = stored[i]! * scale + offset;
    return { data, shape, error };
  }
  const Typed = spec.dtype === "i4" ? Int32Array : Float32Array;
  // A typed array needs an aligned start, which the host's buffer does not promise.
  if (start % 4 !== 0) {
    const copy = new Uint8Array(4 * count);
    copy.set(new Uint8Array(bytes.buffer, start, 4 * count));
    return { data: new Typed(copy.buffer), shape, error };
  }
  return { data: new Typed(bytes.buffer as ArrayBuffer, start, count), shape, error };
}
