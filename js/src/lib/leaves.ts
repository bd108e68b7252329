import type { Picture } from "./pixels";

const COUNT = 500;
const SMALLEST = 0.025;
const LARGEST = 0.3;
const SOFT_PX = 1.2;

/**
 * Disks that hide each other, as leaves on the ground do: edges at every scale, as in photographs.
 * Radii follow a power law of exponent −3 (Lee, Mumford and Huang 2001). Always the same picture.
 */
export function leaves(side: number): Picture {
  const random = generator(7);
  const size = side * side;
  const data = new Float64Array(3 * size).fill(0.5);
  for (let n = 0; n < COUNT; n++) {
    const share = random();
    const radius = side * (share * SMALLEST ** -2 + (1 - share) * LARGEST ** -2) ** -0.5;
    const [x, y] = [random() * side, random() * side];
    const paint = colorOf(random(), random(), random());
    const [top, bottom] = [Math.max(0, y - radius), Math.min(side - 1, y + radius)].map(Math.floor);
    const [left, right] = [Math.max(0, x - radius), Math.min(side - 1, x + radius)].map(Math.floor);
    for (let row = top!; row <= bottom!; row++) {
      for (let column = left!; column <= right!; column++) {
        const inside = (radius - Math.hypot(row - y, column - x)) / SOFT_PX + 0.5;
        const cover = Math.max(0, Math.min(1, inside));
        for (let c = 0; c < 3; c++) {
          const at = c * size + row * side + column;
          data[at]! += cover * (paint[c]! - data[at]!);
        }
      }
    }
  }
  return { channels: 3, rows: side, columns: side, data };
}

/** Greens, yellows, reds and browns, from dark to bright. */
function colorOf(hue: number, depth: number, light: number): number[] {
  const angle = (0.02 + 0.36 * hue) * 2 * Math.PI;
  const value = 0.1 + 0.85 * light;
  const chroma = 0.75 * depth * value;
  return [0, 2, 4].map((third) => {
    const wave = 0.5 + 0.5 * Math.cos(angle - (third * Math.PI) / 3);
    return value - chroma * (1 - wave);
  });
}

/** Random numbers of 0 to 1 that are always the same (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
