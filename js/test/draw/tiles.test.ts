import { expect, test } from "vitest";
import { type Pixels, paintBars, paintBlock, paintTile } from "../../src/draw/tiles";
import { createPalette, paletteIndex } from "../../src/lib/palette";

const palette = createPalette("gray", false);
const colors = { palette, low: -1, high: 1 };
const blank = (width: number, height: number): Pixels => ({
  data: new Uint32Array(width * height),
  width,
  height,
});
const field = (data: number[], columns: number, start = 0) => ({
  data,
  start,
  rows: (data.length - start) / columns,
  columns,
  ...colors,
});
/** Rows of words: . blank, - low, 0 middle, + high, ? anything else. */
function picture({ data, width, height }: Pixels): string[] {
  const word = (color: number): string =>
    color === 0
      ? "."
      : (["-", "0", "+"][[1, 128, 255].findIndex((i) => palette[i] === color)] ?? "?");
  return Array.from({ length: height }, (_, y) =>
    Array.from(data.slice(y * width, (y + 1) * width), word).join(""),
  );
}

test("cells become squares; around them nothing is painted", () => {
  const pixels = blank(7, 6);
  paintTile(pixels, 1, 1, field([9, 9, -1, 1, 0, -1], 2, 2), 2);
  expect(picture(pixels)).toEqual([
    ".......",
    ".--++..",
    ".--++..",
    ".00--..",
    ".00--..",
    ".......",
  ]);
});

test("a tile that hangs over an edge is cut there", () => {
  const tile = field([-1, 0, 1, 1, 0, -1, 0, 1, 0], 3);
  const whole = blank(6, 6);
  paintTile(whole, 0, 0, tile, 2);
  for (const [x, y] of [
    [-1, -3],
    [3, 2],
    [-5, 5],
    [1, -1],
  ] as const) {
    const cut = blank(6, 6);
    paintTile(cut, x, y, tile, 2);
    const shifted = Array.from({ length: 36 }, (_, i) => {
      const [column, row] = [(i % 6) - x, Math.floor(i / 6) - y];
      const inside = column >= 0 && column < 6 && row >= 0 && row < 6;
      return inside ? whole.data[row * 6 + column]! : 0;
    });
    expect(Array.from(cut.data)).toEqual(shifted);
  }
});

test("a zoom below one shows every n-th cell", () => {
  const pixels = blank(2, 2);
  paintTile(pixels, 0, 0, field([-1, 9, 0, 9, 9, 9, 1, 9, -1], 3), 1 / 2);
  expect(picture(pixels)).toEqual(["-0", "+-"]);
});

test("what is no number has a color of its own", () => {
  const pixels = blank(1, 1);
  paintTile(pixels, 0, 0, field([Number.NaN], 1), 1);
  expect(pixels.data[0]).toBe(palette[0]);
});

test("three fields are red, green and blue, zero is mid-gray", () => {
  const pixels = blank(2, 1);
  const three = { data: [1, 0, -1, 0, 0, 0], start: 0, rows: 1, columns: 2 };
  paintTile(pixels, 0, 0, { ...three, ...colors, rgb: true }, 1);
  expect(Array.from(pixels.data, (color) => color.toString(16))).toEqual(["ff8000ff", "ff808080"]);
});

test("bars rise above and hang below their zero line", () => {
  const pixels = blank(3, 5);
  paintBars(pixels, 0, 0, field([1, 0, -1], 3), 1, 5);
  expect(picture(pixels)).toEqual(["+..", "+..", "+0-", "..-", "..-"]);
});

test("many values share a bar: the one farthest from zero", () => {
  const pixels = blank(2, 3);
  paintBars(pixels, 0, 0, field([0, -1, 1, 0], 4), 1 / 2, 3);
  expect(picture(pixels)).toEqual([".+", "-+", "-."]);
});

test("blocks are cut at the edges", () => {
  const pixels = blank(2, 2);
  paintBlock(pixels, -5, 1, 100, 100, palette[255]!);
  expect(picture(pixels)).toEqual(["..", "++"]);
});

test("a value and the middle of its color paint the same pixel, in color too", () => {
  const values = Array.from({ length: 300 }, (_, i) => Math.sin(i * i) * 1.1);
  const middles = values.map((value) => (paletteIndex(value, -1, 1) - 128) / 127);
  for (const rgb of [false, true]) {
    const [one, other] = [blank(10, 10), blank(10, 10)];
    paintTile(one, 0, 0, { ...field(values, 10), rows: 10, rgb }, 1);
    paintTile(other, 0, 0, { ...field(middles, 10), rows: 10, rgb }, 1);
    expect(one.data).toEqual(other.data);
  }
});
