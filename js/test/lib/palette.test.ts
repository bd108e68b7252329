import { expect, test } from "vitest";
import {
  createPalette,
  css,
  inkOn,
  type PaletteName,
  paletteIndex,
  pixel,
} from "../../src/lib/palette";

const lightness = (color: number): number => {
  const [red, green, blue] = [0, 8, 16].map((shift) => (((color >> shift) & 255) / 255) ** 2.2);
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
};

test("values land symmetrically about zero, and beyond the range at its ends", () => {
  expect(paletteIndex(0, -1, 1)).toBe(128);
  expect([-2, -1, 1, 2].map((value) => paletteIndex(value, -1, 1))).toEqual([1, 1, 255, 255]);
  for (const value of [0.003, 0.1, 0.47, 0.77]) {
    expect(paletteIndex(value, -1, 1) + paletteIndex(-value, -1, 1)).toBe(256);
  }
  expect(paletteIndex(Number.NaN, -1, 1)).toBe(0);
  expect(
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((v) => paletteIndex(v, -1, 1)),
  ).toEqual([255, 1]);
  expect(paletteIndex(3, 3, 3)).toBe(128);
});

test.each(["RdBu", "PuOr"] as PaletteName[])(
  "%s is neutral at zero and monotonic on both arms",
  (name) => {
    for (const dark of [false, true]) {
      const palette = createPalette(name, dark);
      expect(css(palette[128]!)).toBe(dark ? "rgb(43 43 43)" : "rgb(240 240 240)");
      const sign = dark ? 1 : -1;
      for (let i = 129; i < 256; i++) {
        expect(sign * (lightness(palette[i]!) - lightness(palette[i - 1]!))).toBeGreaterThan(-1e-9);
        expect(
          sign * (lightness(palette[256 - i]!) - lightness(palette[257 - i]!)),
        ).toBeGreaterThan(-1e-9);
      }
    }
  },
);

test("gray runs from black to white in both themes, and marks what is no number", () => {
  for (const dark of [false, true]) {
    const palette = createPalette("gray", dark);
    expect([palette[1], palette[255]]).toEqual([0xff000000, 0xffffffff]);
    expect(palette[0]).not.toBe(palette[1]);
  }
});

test("text on any color of any palette has a contrast of at least 4.5", () => {
  for (const name of ["RdBu", "PuOr", "gray"] as PaletteName[]) {
    for (const color of createPalette(name, true)) {
      const light = lightness(color);
      const contrast = inkOn(color) === "#000" ? (light + 0.05) / 0.05 : 1.05 / (light + 0.05);
      expect(contrast).toBeGreaterThan(4.4);
    }
  }
});

test("pixels are opaque and clamped", () => {
  expect(pixel([300, -4, 16])).toBe(0xff1000ff);
});
