export type PaletteName = "RdBu" | "PuOr" | "gray";

// Equal steps of lightness and chroma in OKLCH, from the lowest value over zero, which is near the
// surface, to the highest: first in light, then in dark.
const STOPS = {
  RdBu: [
    "791a18 c13c36 ec7c71 fbbcb3 f0f0f0 a9d2fe 56a6f5 0574c7 024478",
    "ffbfb6 f27166 b9463f 713630 2b2b2b 224d76 0f74c5 42a3fd aed5ff",
  ],
  PuOr: [
    "623602 a45e02 df8b36 f2c39c f0f0f0 d5c3f8 af8ceb 8254c4 4e2c7c",
    "fcc494 e38305 a45e02 6b3e0f 2b2b2b 523f71 8059bb ae84f2 d9c6fe",
  ],
  gray: ["000000 ffffff"],
} as const;
const NOT_A_NUMBER = "e0c000";

/**
 * The 256 colors of a palette as ImageData's 32-bit pixels. Entry 0 marks what is not a number;
 * 1 to 255 run from the lowest to the highest value, 128 being the middle: zero, for a symmetric
 * range, has a color of its own.
 */
export function createPalette(name: PaletteName, dark: boolean): Uint32Array {
  const colors = STOPS[name]
    .at(dark ? -1 : 0)!
    .split(" ")
    .map(channels);
  const palette = new Uint32Array(256).fill(parseColor(NOT_A_NUMBER));
  for (let i = 1; i < 256; i++) {
    const place = ((i - 1) / 254) * (colors.length - 1);
    const stop = Math.min(Math.floor(place), colors.length - 2);
    const next = colors[stop + 1]!;
    palette[i] = pixel(colors[stop]!.map((from, c) => from + (place - stop) * (next[c]! - from)));
  }
  return palette;
}

/** The entry of a palette for a value between `low` and `high`; 0 for what is not a number. */
export function paletteIndex(value: number, low: number, high: number): number {
  const place = high > low ? ((value - low) / (high - low)) * 254 + 1.5 : value - value + 128;
  return place >= 255 ? 255 : place >= 1 ? Math.floor(place) : place < 1 ? 1 : 0;
}

/** One opaque ImageData pixel; channels run from 0 to 255 and are clamped. */
export function pixel(rgb: readonly number[]): number {
  const [red, green, blue] = rgb.map((c) => Math.max(0, Math.min(255, Math.round(c))));
  return (0xff000000 | (blue! << 16) | (green! << 8) | red!) >>> 0;
}

/** The pixel of a color written as #rrggbb. */
export function parseColor(hex: string): number {
  return pixel(channels(hex.replace("#", "")));
}

/** A pixel in words that CSS understands. */
export function css(color: number): string {
  return `rgb(${color & 255} ${(color >> 8) & 255} ${(color >> 16) & 255})`;
}

/** The text color, black or white, that reads better on a pixel. */
export function inkOn(color: number): string {
  const light = (shift: number): number => (((color >> shift) & 255) / 255) ** 2.2;
  return 0.2126 * light(0) + 0.7152 * light(8) + 0.0722 * light(16) > 0.179 ? "#000" : "#fff";
}

function channels(hex: string): number[] {
  return [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}
