import { prepareCanvas } from "../draw/canvas";
import { type Inks, readInks } from "../draw/inks";
import type { Plane } from "../lib/convolution";
import { css, inkOn, paletteIndex } from "../lib/palette";
import { h, setAttribute, setText } from "../ui/dom";
import { brief } from "./words";

/** Cells of a plane, with steps between them, that are marked by a ring or by dots. */
export interface Mark {
  row: number;
  column: number;
  rows: number;
  columns: number;
  steps?: readonly [number, number];
  kind: "ring" | "dots";
}

export interface PanelPicture {
  plane: Plane;
  /** CSS pixels of a cell; below one, so many cells share a pixel. */
  cell: number;
  palette: Uint32Array;
  low: number;
  high: number;
  /** Height of a signal's bars; 0 draws cells. */
  barsPx: number;
  /** The ends of the bars' axis, zero included. */
  axis: readonly [number, number];
  /** Cells of padding around what is real: above, below, left, right. */
  padding?: readonly [number, number, number, number];
  marks: readonly Mark[];
  /** Decimals of numbers, fewer where they do not fit; 4 by default. */
  digits?: number;
  /** Cells from this one on are still empty. */
  filled?: number;
  /** How far a kernel's cells are on their way around the middle: 0 at the start, 1 when there. */
  turn?: number;
}

/** A plane of numbers on a canvas: cells with numbers where they fit, else pixels; signals as bars. */
export interface Panel {
  readonly node: HTMLElement;
  /** Holds the canvas, and what lies over it. */
  readonly frame: HTMLElement;
  draw(picture: PanelPicture): void;
  say(title: string, note: string, picture: string): void;
  /** The cell under the pointer, as (row, column), or null. */
  cellAt(event: MouseEvent): [number, number] | null;
  restyle(): void;
}

const MOST_CELLS = 1600;
const LEAST_CELL_PX = 18;
const NUMBERS_FROM_PX = 22;
const LEAST_RING_PX = 9;
/** Room below bars for their numbers. */
export const BAR_NUMBERS_PX = 24;

export function createPanel(): Panel {
  const canvas = h("canvas", { role: "img", class: "kw-pixels" });
  const frame = h("div", { class: "kw-x-frame" }, canvas);
  const title = h("span", { class: "kw-x-title" });
  const note = h("span", { class: "kw-quiet" });
  const node = h("figure", { class: "kw-x-panel" }, frame, h("figcaption", {}, title, " ", note));
  const pixels = h("canvas");
  let inks: Inks | null = null;
  let ink = "";
  let shown: Plane = { data: [], rows: 0, columns: 0 };

  return {
    node,
    frame,
    draw(picture) {
      const { plane, cell, barsPx } = picture;
      shown = plane;
      if (!inks) {
        inks = readInks(node);
        ink = getComputedStyle(node).getPropertyValue("--kw-window").trim();
      }
      const height = barsPx > 0 ? barsPx + BAR_NUMBERS_PX : plane.rows * cell;
      const context = prepareCanvas(canvas, plane.columns * cell, height);
      const apart = picture.turn !== undefined || cell >= LEAST_CELL_PX;
      if (barsPx > 0) drawBars(context, picture, inks);
      else if (apart && plane.rows * plane.columns <= MOST_CELLS) {
        drawCells(context, picture, inks);
      } else drawPixels(context, picture, inks, pixels);
      for (const mark of picture.marks) drawMark(context, picture, mark, ink, inks.surface);
      frame.style.width = canvas.style.width;
      frame.style.height = canvas.style.height;
    },
    say(name, text, sentence) {
      setText(title, name);
      setText(note, text);
      setAttribute(canvas, "aria-label", sentence);
    },
    cellAt(event) {
      const box = canvas.getBoundingClientRect();
      const { rows, columns } = shown;
      const row = rows > 1 ? Math.floor(((event.clientY - box.top) / box.height) * rows) : 0;
      const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
      return row < 0 || column < 0 || row >= rows || column >= columns ? null : [row, column];
    },
    restyle() {
      inks = null;
    },
  };
}

/** One pixel for a number, enlarged without smoothing; the border is set off by a line. */
function drawPixels(
  context: CanvasRenderingContext2D,
  { plane, cell, palette, low, high, padding }: PanelPicture,
  inks: Inks,
  pixels: HTMLCanvasElement,
): void {
  const { rows, columns, data } = plane;
  const own = pixels.getContext("2d");
  if (!own) return;
  pixels.width = columns;
  pixels.height = rows;
  const image = own.createImageData(columns, rows);
  const colors = new Uint32Array(image.data.buffer);
  for (let i = 0; i < colors.length; i++) colors[i] = palette[paletteIndex(data[i]!, low, high)]!;
  own.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = cell * devicePixelRatio < 2 && cell * devicePixelRatio !== 1;
  const [width, height] = [columns * cell, rows * cell];
  context.drawImage(pixels, 0, 0, width, height);
  if (!padding?.some((cells) => cells > 0)) return;
  const [above, below, left, right] = padding.map((cells) => cells * cell);
  context.strokeStyle = inks.soft;
  context.setLineDash([3, 3]);
  context.strokeRect(left!, above!, width - left! - right!, height - above! - below!);
  context.setLineDash([]);
}

/** Whether a cell is padding. */
function isPadding({ plane, padding }: PanelPicture, row: number, column: number): boolean {
  if (!padding) return false;
  const [above, below, left, right] = padding;
  const last = plane.rows - below;
  return row < above || row >= last || column < left || column >= plane.columns - right;
}

function drawCells(context: CanvasRenderingContext2D, picture: PanelPicture, inks: Inks): void {
  const { plane, cell, palette, low, high, turn = 1, filled = Number.POSITIVE_INFINITY } = picture;
  const { rows, columns, data } = plane;
  const write = writer(context, picture, cell, cell * 0.42);
  // Half a turn: what ends at one place began at the opposite one.
  const [cos, sin] = [Math.cos, Math.sin].map((of) => of(Math.PI * (1 - turn))) as [number, number];
  // Drawn together on its way, or the corners would leave the canvas.
  const reach = Math.abs(cos) + Math.abs(sin);
  const [middleX, middleY] = [((columns - 1) * cell) / 2, ((rows - 1) * cell) / 2];
  for (let i = 0; i < rows * columns; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const [dx, dy] = [column * cell - middleX, row * cell - middleY];
    const x = turn < 1 ? middleX + (dx * cos - dy * sin) / reach : column * cell;
    const y = turn < 1 ? middleY + (dx * sin + dy * cos) / reach : row * cell;
    const color = palette[paletteIndex(data[i]!, low, high)]!;
    if (i >= filled) {
      outline(context, x + 1.5, y + 1.5, cell - 4, cell - 4, inks.line);
    } else if (isPadding(picture, row, column)) {
      outline(context, x + 1.5, y + 1.5, cell - 4, cell - 4, inks.line);
      write(data[i]!, x, y, inks.soft);
    } else {
      context.fillStyle = css(color);
      context.fillRect(x, y, cell - 1, cell - 1);
      write(data[i]!, x, y, inkOn(color));
    }
  }
}

function outline(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
): void {
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.setLineDash([2, 2]);
  context.strokeRect(x, y, width, height);
  context.setLineDash([]);
}

type Write = (value: number, x: number, y: number, ink: string) => void;

/** Writes numbers into cells, all of one size and as many digits as fit; none where none fit. */
function writer(
  context: CanvasRenderingContext2D,
  { plane, cell, digits: most = 4 }: PanelPicture,
  height: number,
  largestPx: number,
): Write {
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let digits = cell < NUMBERS_FROM_PX ? 0 : most; digits > 1; digits--) {
    const texts = Array.from(plane.data, (value) => brief(value, digits));
    const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), "");
    const font = (px: number): string => `${px}px system-ui, sans-serif`;
    context.font = font(10);
    const wide = context.measureText(longest).width / 10 || 1;
    const px = Math.floor(Math.min(largestPx, 30, (cell - 10) / wide) * 2) / 2;
    if (px < 9.5) continue;
    return (value, x, y, ink) => {
      context.font = font(px);
      context.fillStyle = ink;
      context.fillText(brief(value, digits), x + (cell - 1) / 2, y + height / 2);
    };
  }
  return () => {};
}

function drawBars(context: CanvasRenderingContext2D, picture: PanelPicture, inks: Inks): void {
  const { plane, cell, palette, low, high, barsPx, axis, turn = 1 } = picture;
  const [bottom, top] = axis;
  const level = (value: number): number =>
    Math.round(4 + ((top - value) / (top - bottom || 1)) * (barsPx - 8));
  const zero = level(0);
  const last = plane.columns - 1;
  const write = writer(context, picture, BAR_NUMBERS_PX, 17);
  context.fillStyle = inks.line;
  context.fillRect(0, zero, plane.columns * cell, 1);
  for (let i = 0; i <= last; i++) {
    const value = plane.data[i]!;
    const x = (turn < 1 ? last - i + turn * (2 * i - last) : i) * cell;
    const end = level(value);
    const inset = cell > 6 ? Math.max(1, Math.round(cell * 0.1)) : 0;
    const [upper, tall] = [Math.min(zero, end), Math.max(1, Math.abs(end - zero))];
    if (isPadding(picture, 0, i)) {
      outline(context, x + inset + 0.5, upper + 0.5, cell - 2 * inset - 1, tall, inks.soft);
    } else {
      context.fillStyle = css(palette[paletteIndex(value, low, high)]!);
      context.fillRect(x + inset, upper, cell - 2 * inset, tall);
    }
    write(value, x, barsPx, inks.text);
  }
}

function drawMark(
  context: CanvasRenderingContext2D,
  { cell, barsPx }: PanelPicture,
  { row, column, rows, columns, steps = [1, 1], kind }: Mark,
  ink: string,
  halo: string,
): void {
  const [down, across] = steps;
  const tall = barsPx > 0 ? barsPx + BAR_NUMBERS_PX : cell;
  if (kind === "dots") {
    context.fillStyle = ink;
    context.beginPath();
    const y = barsPx > 0 ? 6 : (row + 0.82) * cell;
    context.arc((column + 0.5) * cell, y, Math.max(1.5, Math.min(5, cell / 7)), 0, 7);
    context.fill();
    return;
  }
  const ring = (x: number, y: number, width: number, height: number): void => {
    // Where cells are tiny, a ring around them would hide them or be too small to see.
    const grow = Math.max(0, (LEAST_RING_PX - Math.min(width, height)) / 2);
    const thick = cell >= 24 ? 3 : 2;
    for (const [line, color] of [[2 * thick, halo] as const, [thick, ink] as const]) {
      context.lineWidth = line;
      context.strokeStyle = color;
      context.strokeRect(
        Math.max(1, x - grow),
        Math.max(1, y - grow),
        width + 2 * grow,
        height + 2 * grow,
      );
    }
  };
  const apart = (down > 1 || across > 1) && cell >= 6;
  const [high, wide] = apart ? [rows, columns] : [1, 1];
  const [width, height] = apart
    ? [cell, tall]
    : [((columns - 1) * across + 1) * cell, ((rows - 1) * down + 1) * tall];
  for (let r = 0; r < high; r++) {
    for (let c = 0; c < wide; c++) {
      const [x, y] = [(column + c * across) * cell, (row + r * down) * tall];
      ring(x + 1.5, y + 1.5, width - 4, height - 4);
    }
  }
}
