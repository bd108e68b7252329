import type { ArraySpec, TapeArray, TapeRange, TapeTrack } from "../generated/schema";

const REACH = 7;
const WAYS = 2 * REACH + 1;
/** Differences of up to this code are told by it. */
const CODES = WAYS * WAYS;
/** The level in the middle of a range; on a range around zero it is zero. */
const MIDDLE = 128;

/** Inflates bytes; every browser brings this, and no policy forbids it. */
export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  // A failure shows at the other end.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

/** The levels of all frames of a block, one frame after the other. */
export function decodeBlock(
  block: Uint8Array,
  { levels, stride }: Pick<TapeTrack, "levels" | "stride">,
  frames: number,
): Uint8Array {
  const all = new Uint8Array(frames * levels);
  all.set(block.subarray(0, levels));
  let code = levels;
  let beyond = levels + ((frames - 1) * levels) / 2;
  for (let at = levels; at < all.length; at += 2) {
    const pair = block[code++]!;
    if (pair < CODES) {
      all[at] = all[at - levels]! + stride * (Math.floor(pair / WAYS) - REACH);
      all[at + 1] = all[at + 1 - levels]! + stride * ((pair % WAYS) - REACH);
    } else {
      all[at] = block[beyond++]!;
      all[at + 1] = block[beyond++]!;
    }
  }
  return all;
}

/** The range that holds at a frame. */
export function rangeAt(ranges: readonly TapeRange[] | undefined, frame: number): TapeRange {
  return (
    ranges?.findLast(({ first }) => first <= frame) ?? ranges?.[0] ?? { first: 0, low: -1, high: 1 }
  );
}

/** How the levels of an array are to be read: as those of a frame's bytes are. */
export function specOf(
  { shape, start }: TapeArray,
  { low, high }: TapeRange,
  stride: number,
): ArraySpec {
  const scale = (high - low) / 254 || 1;
  // Written so, the middle of a range around zero is zero exactly.
  const offset = (low + high) / 2 - MIDDLE * scale;
  return { dtype: "u1", shape, start, scale, offset, error: (stride * scale) / 2 };
}

/** Levels as numbers; level 0 is not a number. */
export function floatsOf(levels: Uint8Array, { shape, start, scale, offset }: ArraySpec) {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const level = levels[start + i]!;
    values[i] = level ? level * scale + offset : Number.NaN;
  }
  return values;
}
