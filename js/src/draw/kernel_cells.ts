import type { Layout, Place } from "../lib/editor_layout";
import { fixed } from "../lib/format";
import type { Inks } from "../lib/inks";
import { css, inkOn, paletteIndex } from "../lib/palette";

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
    if (typed !== null) drawTyped(context, place, typed, inks, layout.bars);
    else drawWords(context, place, value, limit, ink, layout.bars);
    if (beyond) drawBeyond(context, place, value, layout.bars, ink);
    if (picture.locked(i)) drawLock(context, place, ink);
  });
  if (picture.bias && !layout.bars) {
    const place = layout.places.at(-1)!;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "left";
    context.fillStyle = inks.soft;
    context.fillText("bias", place.x + place.width + 6, place.y + place.height / 2);
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

function drawWords(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Place,
  value: number,
  limit: number,
  ink: string,
  bars: boolean,
): void {
  context.fillStyle = ink;
  const places = limit >= 20 ? 0 : limit >= 2 ? 1 : 2;
  const text = fixed(value, limit < 0.1 ? 3 : places);
  const middle = x + (width - 1) / 2;
  const font = Math.min(12, Math.floor((width - 4) / (0.56 * Math.max(4, text.length))));
  if (font >= 9) {
    context.font = `${font}px system-ui, sans-serif`;
    context.fillText(text, middle, bars ? y + height - 8 : y + height / 2);
  } else if (width >= 12 && value !== 0) {
    context.font = `${Math.min(13, Math.round(width * 0.6))}px system-ui, sans-serif`;
    context.globalAlpha = 0.75;
    context.fillText(value < 0 ? "−" : "+", middle, bars ? y + height - 8 : y + height / 2);
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
  const size = Math.max(5, Math.min(8, width / 4));
  const [left, top] = [x + 2.5, y + 2.5];
  context.fillStyle = ink;
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.fillRect(left, top + size * 0.45, size, size * 0.65);
  context.beginPath();
  context.arc(left + size / 2, top + size * 0.45, size * 0.32, Math.PI, 0);
  context.stroke();
}
