import { type Axis, type Buckets, heightOn, shortStep, tickText } from "../lib/curves";
import { linearTicks } from "../lib/ticks";
import type { Inks } from "./inks";
import { prepareCanvas } from "./kernel_cells";

/** How one curve is drawn: told apart by dashes, too, for eyes that see no hue. */
export interface Stroke {
  color: string;
  dash: readonly number[];
}

export interface CurvesPicture {
  width: number;
  height: number;
  curves: readonly Buckets[];
  strokes: readonly Stroke[];
  /** The axis of each curve; null draws it nowhere. */
  axes: readonly (Axis | null)[];
  left: Axis | null;
  right: Axis | null;
  lastStep: number;
  /** Where values are read, or null. */
  cursor: number | null;
  inks: Inks;
}

const MARGIN = { left: 44, right: 36, top: 8, bottom: 18 };

/** The step under a point of the canvas. */
export function stepAt({ width, right, lastStep }: CurvesPicture, x: number): number {
  const end = width - (right ? MARGIN.right : 8);
  const part = (x - MARGIN.left) / (end - MARGIN.left);
  return Math.round(Math.min(1, Math.max(0, part)) * lastStep);
}

/** Paints curves as bands from their buckets' lowest to highest values, with axes in round numbers. */
export function drawCurves(canvas: HTMLCanvasElement, picture: CurvesPicture): void {
  const { width, height, inks, left, right, lastStep } = picture;
  const context = prepareCanvas(canvas, width, height);
  if (!context || width < 80) return;
  const end = width - (right ? MARGIN.right : 8);
  const foot = height - MARGIN.bottom;
  const x = (step: number): number => MARGIN.left + (step / lastStep) * (end - MARGIN.left);
  const y = (axis: Axis, value: number): number =>
    foot - heightOn(axis, value) * (foot - MARGIN.top);

  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.lineWidth = 1;
  const scale = (axis: Axis, at: number, align: CanvasTextAlign): void => {
    context.textAlign = align;
    for (const tick of axis.ticks) {
      const level = Math.round(y(axis, tick)) + 0.5;
      if (axis === left || !left) {
        context.strokeStyle = inks.line;
        context.globalAlpha = 0.6;
        line(context, MARGIN.left, level, end, level);
        context.globalAlpha = 1;
      }
      context.fillStyle = inks.soft;
      context.fillText(tickText(axis, tick), at, level);
    }
  };
  if (left) scale(left, MARGIN.left - 6, "right");
  if (right) scale(right, end + 6, "left");
  context.fillStyle = inks.soft;
  context.textAlign = "center";
  for (const tick of linearTicks(0, lastStep, Math.max(2, Math.floor(width / 90)))) {
    if (Number.isInteger(tick) && x(tick) < end - 8) {
      context.fillText(shortStep(tick), x(tick), foot + 10);
    }
  }

  context.save();
  context.beginPath();
  context.rect(MARGIN.left, 0, end - MARGIN.left + 2, foot + 1);
  context.clip();
  picture.curves.forEach((curve, i) => {
    const axis = picture.axes[i];
    if (axis) drawBand(context, curve, picture.strokes[i]!, x, (value) => y(axis, value));
  });
  context.restore();
  if (picture.cursor !== null) {
    const at = Math.round(x(Math.min(picture.cursor, lastStep))) + 0.5;
    context.strokeStyle = inks.soft;
    line(context, at, MARGIN.top, at, foot);
  }
}

function drawBand(
  context: CanvasRenderingContext2D,
  { steps, low, high }: Buckets,
  { color, dash }: Stroke,
  x: (step: number) => number,
  y: (value: number) => number,
): void {
  const count = steps.length;
  context.fillStyle = context.strokeStyle = color;
  context.beginPath();
  for (let i = 0; i < count; i++) context.lineTo(x(steps[i]!), y(high[i]!));
  for (let i = count - 1; i >= 0; i--) context.lineTo(x(steps[i]!), y(low[i]!));
  context.globalAlpha = 0.25;
  context.fill();
  context.globalAlpha = 1;
  context.beginPath();
  for (let i = 0; i < count; i++) context.lineTo(x(steps[i]!), (y(low[i]!) + y(high[i]!)) / 2);
  context.lineWidth = 1.5;
  context.setLineDash([...dash]);
  context.stroke();
  context.setLineDash([]);
  if (count === 1) context.fillRect(x(steps[0]!) - 2, y(high[0]!) - 2, 4, 4);
}

function line(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
