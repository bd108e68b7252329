export type PaletteName = "RdBu" | "PuOr" | "gray";

// Equal steps of lightness and chroma in OKLCH, from zero outwards; zero is near the surface.
const ZERO = { light: "f0f0f0", dark: "2b2b2b" };
const ARMS = {
  light: {
    red: "fbbcb3 ec7c71 c13c36 791a18",
    blue: "a9d2fe 56a6f5 0574c7 024478",
    orange: "f2c39c df8b36 a45e02 623602",
    purple: "d5c3f8 af8ceb 8254c4 4e2c7c",
  },
  dark: {
    red: "713630 b9463f f27166 ffbfb6",
    blue: "224d76 0f74c5 42a3fd aed5ff",
    orange: "6b3e0f a45e02 e38305 fcc494",
    purple: "523f71 8059bb ae84f2 d9c6fe",
  },
};
const ENDS = { RdBu: ["red", "blue"], PuOr: ["orange", "purple"] } as const;
const NOT_A_NUMBER = "e0c000";

/**
 * The 256 colors of a palette as ImageData's 32-bit pixels. Entry 0 marks what is not a number;
 * 1 to 255 run from the lowest to the highest value, 128 being the middle: zero, for a symmetric
 * range, has a color of its own.
 */
export function createPalette(name: PaletteName, dark: boolean): Uint32Array {
  const theme = dark ? "dark" : "light";
  const stops =
    name === "gray"
      ? ["000000", "ffffff"]
      : [
          ...ARMS[theme][ENDS[name][0]].split(" ").reverse(),
          ZERO[theme],
          ...ARMS[theme][ENDS[name][1]].split(" "),
        ];
  const colors = stops.map(channels);
  const palette = new Uint32Array(256);
  palette[0] = pixel(channels(NOT_A_NUMBER));
  for (let i = 1; i < 256; i++) {
    const place = ((i - 1) / 254) * (colors.length - 1);
    const stop = Math.min(Math.floor(place), colors.length - 2);
    const share = place - stop;
    palette[i] = pixel(
      colors[stop]!.map((from, c) => from + share * (colors[stop + 1]![c]! - from)),
    );
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
  const [red, green, blue] = [color & 255, (color >> 8) & 255, (color >> 16) & 255].map((c) =>
    c <= 10 ? c / 3295 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  return luminance > 0.179 ? "#000" : "#fff";
}

function channels(hex: string): number[] {
  return [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}
