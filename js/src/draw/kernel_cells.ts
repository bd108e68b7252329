import type { Layout, Place } from "../lib/editor_layout";
import { fixed } from "../lib/format";
import { css, inkOn, paletteIndex } from "../lib/palette";
import type { Inks } from "./inks";

export interface CellsPicture {
  layout: Layout;
  /** One value for each place of the layout. */
  values: readonly number[];
  limit: number;
  palette: Uint32Array;
  /** Places that show a lock. */
  locked(place: number): boolean;
  /** What is being typed into a place, or null. */
  typed(place: number): string | null;
  bias: boolean;
  inks: Inks;
}

/** Resizes a canvas to crisp device pixels; gives its context, one unit being one CSS pixel. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = globalThis.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context?.setTransform(wide / width, 0, 0, high / height, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** Paints the cells of a kernel under edit: colors or bars, signs, numbers where they fit, locks. */
export function drawKernelCells(canvas: HTMLCanvasElement, picture: CellsPicture): void {
  const { layout, values, limit, palette, inks } = picture;
  const context = prepareCanvas(canvas, layout.width, layout.height);
  if (!context) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const text = wordsFor(context, limit, layout);
  layout.places.forEach((place, i) => {
    const value = values[i] ?? 0;
    const color = palette[paletteIndex(value, -limit, limit)]!;
    const beyond = Math.abs(value) > limit;
    const typed = picture.typed(i);
    let ink = inkOn(color);
    if (layout.bars) {
      drawBar(context, place, value / limit, css(color), inks.line);
      ink = inks.text;
    } else {
      context.fillStyle = css(color);
      context.fillRect(place.x, place.y, place.width - 1, place.height - 1);
    }
    const locked = picture.locked(i);
    const words = locked && !layout.bars ? { ...place, y: place.y + 3 } : place;
    if (typed !== null) drawTyped(context, place, typed, inks, layout.bars);
    else drawWords(context, words, value, text, ink, layout.bars);
    if (beyond) drawBeyond(context, place, value, layout.bars, ink);
    if (locked) drawLock(context, place, ink);
  });
  if (picture.bias) {
    const place = layout.places.at(-1)!;
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = inks.soft;
    const top = layout.bars ? place.y + 8 : place.y - 8;
    context.fillText("bias", place.x + place.width / 2, top);
  }
}

function drawBar(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Place,
  part: number,
  color: string,
  line: string,
): void {
  const zero = y + height / 2;
  const length = Math.max(-1, Math.min(1, part)) * (height / 2);
  context.fillStyle = line;
  context.globalAlpha = 0.25;
  context.fillRect(x, y, width - 2, height);
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.fillRect(x, Math.min(zero, zero - length), width - 2, Math.max(1, Math.abs(length)));
  context.fillStyle = line;
  context.fillRect(x, zero - 0.5, width, 1);
}

/** How numbers are written: of one size all over the kernel; 0 where only signs fit. */
interface Words {
  text(value: number): string;
  fontPx: number;
}

const SMALLEST_FONT_PX = 9;

function wordsFor(context: CanvasRenderingContext2D, limit: number, { places }: Layout): Words {
  const decimals = limit >= 20 ? 0 : limit >= 2 ? 1 : limit >= 0.1 ? 2 : 3;
  const full = (value: number): string => fixed(value, decimals);
  const short = (value: number): string => full(value).replace(/^(−?)0\./, "$1.");
  context.font = "10px system-ui, sans-serif";
  for (const text of [full, short]) {
    const wide = context.measureText(text(-limit)).width / 10 || 3;
    const fontPx = Math.min(13, Math.floor(((places[0]?.width ?? 0) - 3) / wide));
    if (fontPx >= SMALLEST_FONT_PX) return { text, fontPx };
  }
  return { text: full, fontPx: 0 };
}

function drawWords(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Place,
  value: number,
  { text, fontPx }: Words,
  ink: string,
  bars: boolean,
): void {
  context.fillStyle = ink;
  const [middle, level] = [x + (width - 1) / 2, bars ? y + height - 8 : y + (height - 1) / 2];
  if (fontPx > 0) {
    context.font = `${fontPx}px system-ui, sans-serif`;
    context.fillText(text(value), middle, level);
  } else if (width >= 10 && value !== 0) {
    context.font = `${Math.min(14, Math.round(width * 0.6))}px system-ui, sans-serif`;
    context.globalAlpha = 0.7;
    context.fillText(value < 0 ? "−" : "+", middle, level);
    context.globalAlpha = 1;
  }
}

function drawTyped(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Place,
  text: string,
  inks: Inks,
  bars: boolean,
): void {
  context.font = "12px system-ui, sans-serif";
  const wide = Math.max(width - 1, context.measureText(text).width + 10);
  const middle = x + (width - 1) / 2;
  const top = bars ? y + height - 18 : y + (height - 18) / 2;
  context.fillStyle = inks.surface;
  context.fillRect(middle - wide / 2, top, wide, 18);
  context.fillStyle = inks.text;
  context.fillText(`${text}|`, middle, top + 9);
}

/** A wedge at the end that the value runs over. */
function drawBeyond(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Place,
  value: number,
  bars: boolean,
  ink: string,
): void {
  const size = Math.max(4, Math.min(8, width / 4));
  const right = x + width - (bars ? 2 : 1);
  const edge = value > 0 ? y : y + height - (bars ? 0 : 1);
  context.fillStyle = ink;
  context.beginPath();
  context.moveTo(right, edge);
  context.lineTo(right - size, edge);
  context.lineTo(right, edge + (value > 0 ? size : -size));
  context.fill();
}

function drawLock(context: CanvasRenderingContext2D, { x, y, width }: Place, ink: string): void {
  const size = Math.max(4, Math.min(8, width / 5));
  const [left, top] = [x + 2.5, y + 2.5];
  context.fillStyle = ink;
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.fillRect(left, top + size * 0.45, size, size * 0.65);
  context.beginPath();
  context.arc(left + size / 2, top + size * 0.45, size * 0.32, Math.PI, 0);
  context.stroke();
}
