import type { Layout } from "../lib/editor_layout";
import { fixed } from "../lib/format";
import { css, inkOn, paletteIndex } from "../lib/palette";
import type { Inks } from "./inks";

export interface CellsPicture {
  layout: Layout;
  /** For each place of the layout its value, whether it shows a lock, and what is typed into it. */
  values: readonly number[];
  locked: readonly boolean[];
  typed: readonly string[];
  limit: number;
  palette: Uint32Array;
  /** Whether the last place is the bias. */
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

const SMALLEST_FONT_PX = 9;

/** Paints the cells of a kernel under edit: colors or bars, signs, numbers where they fit, locks. */
export function drawKernelCells(canvas: HTMLCanvasElement, picture: CellsPicture): void {
  const { layout, values, locked, typed, limit, palette, bias, inks } = picture;
  const { bars, places } = layout;
  const pen = prepareCanvas(canvas, layout.width, layout.height);
  if (!pen) return;
  const font = (px: number): void => {
    pen.font = `${px}px system-ui, sans-serif`;
  };
  pen.textAlign = "center";
  pen.textBaseline = "middle";

  // Numbers are of one size all over the kernel; 0 where only signs fit.
  const decimals = limit >= 20 ? 0 : limit >= 2 ? 1 : limit >= 0.1 ? 2 : 3;
  let write = (value: number): string => fixed(value, decimals);
  const sizeOf = (): number => {
    font(10);
    const wide = pen.measureText(write(-limit)).width / 10 || 3;
    const px = Math.min(13, Math.floor((places[0]!.width - 3) / wide));
    return px >= SMALLEST_FONT_PX ? px : 0;
  };
  let fontPx = sizeOf();
  if (!fontPx) {
    const full = write;
    write = (value) => full(value).replace(/^(−?)0\./, "$1.");
    fontPx = sizeOf();
  }

  places.forEach(({ x, y, width, height }, i) => {
    const value = values[i]!;
    const color = palette[paletteIndex(value, -limit, limit)]!;
    const ink = bars ? inks.text : inkOn(color);
    const middle = x + (width - 1) / 2;
    const level = bars ? y + height - 8 : y + (height - 1) / 2 + (locked[i] ? 3 : 0);
    if (bars) {
      const zero = y + height / 2;
      const length = Math.max(-1, Math.min(1, value / limit)) * (height / 2);
      pen.fillStyle = inks.line;
      pen.globalAlpha = 0.25;
      pen.fillRect(x, y, width - 2, height);
      pen.globalAlpha = 1;
      pen.fillRect(x, zero - 0.5, width, 1);
      pen.fillStyle = css(color);
      pen.fillRect(x, zero, width - 2, -length);
    } else {
      pen.fillStyle = css(color);
      pen.fillRect(x, y, width - 1, height - 1);
    }

    pen.fillStyle = pen.strokeStyle = ink;
    if (typed[i]) {
      font(12);
      const wide = Math.max(width - 1, pen.measureText(typed[i]).width + 10);
      pen.fillStyle = inks.surface;
      pen.fillRect(middle - wide / 2, level - 9, wide, 18);
      pen.fillStyle = inks.text;
      pen.fillText(`${typed[i]}|`, middle, level);
    } else if (fontPx) {
      font(fontPx);
      pen.fillText(write(value), middle, level);
    } else if (width >= 10 && value !== 0) {
      font(Math.min(14, Math.round(width * 0.6)));
      pen.fillText(value < 0 ? "−" : "+", middle, level);
    }

    pen.fillStyle = ink;
    const size = Math.max(4, Math.min(8, width / 4));
    if (Math.abs(value) > limit) {
      // A wedge at the end that the value runs over.
      const right = x + width - (bars ? 2 : 1);
      const edge = value > 0 ? y : y + height - 1;
      pen.beginPath();
      pen.moveTo(right, edge);
      pen.lineTo(right - size, edge);
      pen.lineTo(right, edge + (value > 0 ? size : -size));
      pen.fill();
    }
    if (locked[i]) {
      const [left, top] = [x + 2.5, y + 2.5 + size * 0.45];
      pen.lineWidth = 1;
      pen.fillRect(left, top, size, size * 0.65);
      pen.beginPath();
      pen.arc(left + size / 2, top, size * 0.32, Math.PI, 0);
      pen.stroke();
    }
  });
  if (bias) {
    const { x, y, width } = places.at(-1)!;
    font(11);
    pen.fillStyle = inks.soft;
    pen.fillText("bias", x + width / 2, bars ? y + 8 : y - 8);
  }
}
