import { type Inks, readInks } from "../draw/inks";
import { prepareCanvas } from "../draw/kernel_cells";
import { createSurface } from "../draw/surface";
import { paintTile } from "../draw/tiles";
import type { Plane } from "../lib/convolution";
import { css, inkOn, paletteIndex } from "../lib/palette";
import { h, setAttribute, setText } from "../ui/dom";
import { brief } from "./words";

/** Cells of a plane, with steps between them, that are marked. */
export interface Mark {
  row: number;
  column: number;
  rows: number;
  columns: number;
  steps?: readonly [number, number];
  /** A ring, or a dot in each cell. */
  kind: "ring" | "dots";
}

export interface PanelPicture {
  plane: Plane;
  /** CSS pixels of a cell; below one, so many cells share a pixel. */
  cell: number;
  palette: Uint32Array;
  low: number;
  high: number;
  /** Height of a signal's bars. */
  barsPx: number;
  /** The ends of the bars' axis, zero included. */
  axis?: readonly [number, number];
  /** Cells of padding around what is real: above, below, left, right. */
  padding?: readonly [number, number, number, number];
  marks?: readonly Mark[];
  /** How far a kernel's cells are on their way around the middle: 0 at the start, 1 when there. */
  turn?: number;
}

/** A plane of numbers on a canvas: cells with numbers where they fit, else pixels; signals as bars. */
export interface Panel {
  readonly node: HTMLElement;
  /** Holds the canvas, and what lies over it. */
  readonly frame: HTMLElement;
  readonly picture: PanelPicture | null;
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
  const surface = createSurface(h("canvas"));
  let inks: Inks | null = null;
  let ringColor = "";
  let shown: PanelPicture | null = null;

  const drawLarge = (picture: PanelPicture): void => {
    const { plane, cell, palette, low, high } = picture;
    const ratio = devicePixelRatio || 1;
    const zoom = cell * ratio >= 1 ? Math.max(1, Math.round(cell * ratio)) : cell * ratio;
    const extent = (cells: number): number => Math.ceil(cells * zoom);
    surface.resize(extent(plane.columns), extent(plane.rows));
    const field = { data: plane.data, start: 0, rows: plane.rows, columns: plane.columns };
    paintTile(surface, 0, 0, field, zoom, { palette, low, high });
    surface.put();
    const context = prepareCanvas(canvas, surface.width / ratio, surface.height / ratio);
    if (!context) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(surface.canvas, 0, 0, surface.width / ratio, surface.height / ratio);
  };

  return {
    node,
    frame,
    get picture() {
      return shown;
    },
    draw(picture) {
      shown = picture;
      if (!inks) {
        inks = readInks(node);
        ringColor = getComputedStyle(node).getPropertyValue("--kw-window").trim() || inks.accent;
      }
      const { plane, cell } = picture;
      const apart = picture.turn !== undefined || cell >= LEAST_CELL_PX;
      const small = apart && plane.rows * plane.columns <= MOST_CELLS;
      if (plane.rows === 1 && picture.barsPx > 0) drawBars(canvas, picture, inks);
      else if (small) drawCells(canvas, picture, inks);
      else drawLarge(picture);
      const context = canvas.getContext("2d");
      if (context && picture.padding && !small) drawPadding(context, picture, inks);
      for (const mark of picture.marks ?? [])
        if (context) drawMark(context, picture, mark, inks, ringColor);
      frame.style.width = canvas.style.width;
      frame.style.height = canvas.style.height;
    },
    say(name, text, sentence) {
      setText(title, name);
      setText(note, text);
      setAttribute(canvas, "aria-label", sentence);
    },
    cellAt(event) {
      if (!shown) return null;
      const box = canvas.getBoundingClientRect();
      const { rows, columns } = shown.plane;
      const row = rows > 1 ? Math.floor(((event.clientY - box.top) / box.height) * rows) : 0;
      const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
      return row < 0 || column < 0 || row >= rows || column >= columns ? null : [row, column];
    },
    restyle() {
      inks = null;
    },
  };
}

/** Whether a cell is padding. */
function isPadding({ plane, padding }: PanelPicture, row: number, column: number): boolean {
  if (!padding) return false;
  const [above, below, left, right] = padding;
  return (
    row < above || row >= plane.rows - below || column < left || column >= plane.columns - right
  );
}

function drawCells(canvas: HTMLCanvasElement, picture: PanelPicture, inks: Inks): void {
  const { plane, cell, palette, low, high, turn = 1 } = picture;
  const { rows, columns, data } = plane;
  const context = prepareCanvas(canvas, columns * cell, rows * cell);
  if (!context) return;
  const write = writer(context, picture, cell, cell * 0.42);
  // Half a turn: what ends at one place began at the opposite one.
  const angle = Math.PI * (1 - turn);
  const [middleX, middleY] = [(columns * cell) / 2, (rows * cell) / 2];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = data[row * columns + column]!;
      const color = palette[paletteIndex(value, low, high)]!;
      let [x, y] = [column * cell, row * cell];
      if (turn < 1) {
        const [dx, dy] = [x + cell / 2 - middleX, y + cell / 2 - middleY];
        x = middleX + dx * Math.cos(angle) - dy * Math.sin(angle) - cell / 2;
        y = middleY + dx * Math.sin(angle) + dy * Math.cos(angle) - cell / 2;
      }
      if (isPadding(picture, row, column)) {
        context.strokeStyle = inks.line;
        context.setLineDash([2, 2]);
        context.lineWidth = 1;
        context.strokeRect(x + 1.5, y + 1.5, cell - 4, cell - 4);
        context.setLineDash([]);
        write(value, x, y, inks.soft);
      } else {
        context.fillStyle = css(color);
        context.fillRect(x, y, cell - 1, cell - 1);
        write(value, x, y, inkOn(color));
      }
    }
  }
}

type Write = (value: number, x: number, y: number, ink: string) => void;

/** Writes numbers into cells, all of one size and as many digits as fit; none where none fit. */
function writer(
  context: CanvasRenderingContext2D,
  { plane, cell }: PanelPicture,
  height: number,
  largestPx: number,
): Write {
  context.textAlign = "center";
  context.textBaseline = "middle";
  if (cell < NUMBERS_FROM_PX) return () => {};
  const longest = (digits: number): string => {
    let text = "";
    for (let i = 0; i < plane.data.length; i++) {
      const each = brief(plane.data[i]!, digits);
      if (each.length > text.length) text = each;
    }
    return text;
  };
  for (const digits of [4, 3, 2]) {
    context.font = "10px system-ui, sans-serif";
    const wide = (context.measureText(longest(digits)).width || 10) / 10;
    const fontPx = Math.min(largestPx, 30, (cell - 8) / wide);
    if (fontPx < 10.5) continue;
    const font = `${Math.floor(fontPx * 2) / 2}px system-ui, sans-serif`;
    return (value, x, y, ink) => {
      context.font = font;
      context.fillStyle = ink;
      context.fillText(brief(value, digits), x + (cell - 1) / 2, y + height / 2);
    };
  }
  return () => {};
}

function drawBars(canvas: HTMLCanvasElement, picture: PanelPicture, inks: Inks): void {
  const { plane, cell, palette, low, high, barsPx, turn = 1 } = picture;
  const [bottom, top] = picture.axis ?? [low, high];
  const width = plane.columns * cell;
  const context = prepareCanvas(canvas, width, barsPx + BAR_NUMBERS_PX);
  if (!context) return;
  const range = top - bottom || 1;
  const level = (value: number): number => {
    const share = Math.max(0, Math.min(1, (value - bottom) / range));
    return Math.round(4 + (1 - share) * (barsPx - 8));
  };
  const zero = level(0);
  const write = writer(context, picture, BAR_NUMBERS_PX, 17);
  context.fillStyle = inks.line;
  context.fillRect(0, zero, width, 1);
  for (let i = 0; i < plane.columns; i++) {
    const value = plane.data[i]!;
    const from = width - (i + 1) * cell;
    const x = turn < 1 ? from + turn * (i * cell - from) : i * cell;
    const end = level(value);
    const inset = cell > 6 ? Math.max(1, Math.round(cell * 0.1)) : 0;
    context.fillStyle = css(palette[paletteIndex(value, low, high)]!);
    const [upper, tall] = [Math.min(zero, end), Math.max(1, Math.abs(end - zero))];
    if (isPadding(picture, 0, i)) {
      context.strokeStyle = inks.soft;
      context.setLineDash([2, 2]);
      context.strokeRect(x + inset + 0.5, upper + 0.5, cell - 2 * inset - 1, tall);
      context.setLineDash([]);
    } else context.fillRect(x + inset, upper, cell - 2 * inset, tall);
    write(value, x, barsPx, inks.text);
  }
}

/** A veil over the padding of a large picture. */
function drawPadding(
  context: CanvasRenderingContext2D,
  { plane, cell, padding }: PanelPicture,
  inks: Inks,
): void {
  const [above, below, left, right] = padding!.map((cells) => cells * cell) as [
    number,
    number,
    number,
    number,
  ];
  const [width, height] = [plane.columns * cell, plane.rows * cell];
  context.strokeStyle = inks.line;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.strokeRect(left - 0.5, above - 0.5, width - left - right + 1, height - above - below + 1);
  context.setLineDash([]);
}

function drawMark(
  context: CanvasRenderingContext2D,
  { plane, cell, barsPx }: PanelPicture,
  { row, column, rows, columns, steps, kind }: Mark,
  inks: Inks,
  mark: string,
): void {
  const [down, across] = steps ?? [1, 1];
  const bars = plane.rows === 1 && barsPx > 0;
  const tall = bars ? barsPx + BAR_NUMBERS_PX : cell;
  context.fillStyle = mark;
  if (kind === "dots") {
    const radius = Math.max(1.5, Math.min(5, cell / 7));
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const x = (column + c * across + 0.5) * cell;
        const y = bars ? 6 : (row + r * down + 0.5) * cell;
        context.beginPath();
        context.arc(x, bars ? y : y + cell * 0.32, radius, 0, 2 * Math.PI);
        context.fill();
      }
    }
    return;
  }
  const ring = (x: number, y: number, width: number, height: number): void => {
    // Where cells are tiny, a ring around them would hide them or be too small to see.
    const grow = Math.max(0, (LEAST_RING_PX - Math.min(width, height)) / 2);
    for (const [line, color] of [
      [cell >= 24 ? 6 : 4, inks.surface],
      [cell >= 24 ? 3 : 2, mark],
    ] as const) {
      context.lineWidth = line;
      context.strokeStyle = color;
      context.strokeRect(x - grow, y - grow, width + 2 * grow, height + 2 * grow);
    }
  };
  const [x, y] = [column * cell, row * cell];
  if ((down > 1 || across > 1) && cell >= 6) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        ring(x + c * across * cell + 1, y + r * down * cell + 1, cell - 3, tall - 3);
      }
    }
    return;
  }
  const [width, height] = [((columns - 1) * across + 1) * cell, ((rows - 1) * down + 1) * tall];
  ring(x + 1.5, y + 1.5, width - 4, height - 4);
}
