import { paletteIndex } from "../lib/palette";

/** A picture in the making: 32-bit pixels, row by row; 0 is transparent. */
export interface Pixels {
  data: Uint32Array;
  width: number;
  height: number;
}

/** Numbers of one kernel or map, row by row from `start` in a larger array. */
export interface Field {
  data: ArrayLike<number>;
  start: number;
  rows: number;
  columns: number;
}

/** How numbers become colors: a palette of 256, and the values at its ends. */
export interface Colors {
  palette: Uint32Array;
  low: number;
  high: number;
}

/** Numbers with all that decides how they look. */
export interface Picture extends Field, Colors {
  /** Three fields that follow each other are one picture in color. */
  rgb?: boolean;
  /** A field of one row as bars. */
  bars?: boolean;
  /** Largest rounding error of the numbers. */
  error?: number;
}

/** Paints a picture into so many pixels, its corner at (x, y). */
export function paintPicture(
  pixels: Pixels,
  x: number,
  y: number,
  picture: Picture,
  width: number,
  height: number,
): void {
  const { columns, rgb, bars } = picture;
  const zoom = width < columns ? 1 / Math.ceil(columns / width) : width / columns;
  if (bars && !rgb) paintBars(pixels, x, y, picture, zoom, height);
  else paintTile(pixels, x, y, picture, zoom);
}

/**
 * Paints a field as cells of `zoom` × `zoom` pixels, its corner at (x, y); what lies outside the
 * picture is left out. A zoom of 1/n paints every n-th cell of every n-th row as one pixel. Of a
 * picture in color, mid-gray is halfway.
 */
export function paintTile(
  pixels: Pixels,
  x: number,
  y: number,
  { data, start, rows, columns, palette, low, high, rgb }: Picture,
  zoom: number,
): void {
  const step = zoom < 1 ? Math.round(1 / zoom) : 1;
  const cell = Math.max(zoom, 1);
  const size = rows * columns;
  const line = new Uint32Array(Math.ceil(columns / step));
  const top = Math.max(0, Math.floor(-y / cell)) * step;
  // Of as many levels as a palette has, so that what is stored as levels looks the same again.
  const level = (i: number): number =>
    Math.max(0, Math.round(((paletteIndex(data[i]!, low, high) - 1) / 254) * 255));
  for (let row = top, at = y + (top / step) * cell; row < rows; row += step, at += cell) {
    if (at >= pixels.height) return;
    let i = start + row * columns;
    for (let c = 0; c < line.length; c++, i += step) {
      line[c] = rgb
        ? 0xff000000 | (level(i + 2 * size) << 16) | (level(i + size) << 8) | level(i)
        : palette[paletteIndex(data[i]!, low, high)]!;
    }
    paintLine(pixels, x, at, line, cell);
  }
}

/**
 * Paints a field of one row as bars from a zero line, `zoom` pixels wide and together `height`
 * pixels high. A zoom of 1/n gives n cells one bar: the one farthest from zero.
 */
export function paintBars(
  pixels: Pixels,
  x: number,
  y: number,
  { data, start, columns, palette, low, high }: Picture,
  zoom: number,
  height: number,
): void {
  const step = zoom < 1 ? Math.round(1 / zoom) : 1;
  const width = Math.max(zoom, 1);
  const bottom = Math.min(0, low);
  const range = Math.max(0, high) - bottom || 1;
  const level = (value: number): number => {
    const share = Math.max(0, Math.min(1, (value - bottom) / range));
    return y + height - 1 - Math.round(share * (height - 1));
  };
  const zero = level(0);
  const length = Math.ceil(columns / step) * width;
  paintBlock(pixels, x, zero, length, 1, palette[paletteIndex(0, low, high)]!);
  for (let c = 0, left = x; c < columns; c += step, left += width) {
    let value = data[start + c]!;
    for (let k = c + 1; k < Math.min(c + step, columns); k++) {
      if (Math.abs(data[start + k]!) > Math.abs(value)) value = data[start + k]!;
    }
    const end = level(value);
    const color = palette[paletteIndex(value, low, high)]!;
    // A pixel between wide bars keeps them apart.
    const bar = width > 3 ? width - 1 : width;
    paintBlock(pixels, left, Math.min(zero, end), bar, Math.abs(zero - end) + 1, color);
  }
}

/** Paints a block of one color. */
export function paintBlock(
  pixels: Pixels,
  x: number,
  y: number,
  width: number,
  height: number,
  color: number,
): void {
  const left = Math.max(0, x);
  const right = Math.min(pixels.width, x + width);
  const bottom = Math.min(pixels.height, y + height);
  if (right <= left) return;
  for (let row = Math.max(0, y); row < bottom; row++) {
    pixels.data.fill(color, row * pixels.width + left, row * pixels.width + right);
  }
}

function paintLine(pixels: Pixels, x: number, y: number, line: Uint32Array, cell: number): void {
  const { data, width, height } = pixels;
  const first = Math.max(0, y);
  const left = Math.max(0, x);
  const right = Math.min(width, x + line.length * cell);
  if (right <= left) return;
  const start = first * width;
  for (let i = left; i < right; i++) data[start + i] = line[Math.floor((i - x) / cell)]!;
  for (let row = first + 1; row < Math.min(height, y + cell); row++) {
    data.copyWithin(row * width + left, start + left, start + right);
  }
}
