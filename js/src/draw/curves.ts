import { type Axis, type Buckets, heightOn, shortStep, tickText } from "../lib/curves";
import { linearTicks } from "../lib/ticks";
import { prepareCanvas } from "./canvas";
import type { Inks } from "./inks";

/** How one curve is drawn: told apart by dashes, too, for eyes that see no hue. */
export interface Line {
  curve: Buckets;
  color: string;
  dash: number[];
  /** null draws it nowhere. */
  axis: Axis | null;
}

const LEFT = 44;
const TOP = 8;

/**
 * Paints curves as bands from their buckets' lowest to highest values, with axes in round numbers and
 * upright rules at some steps. Gives the step under a point of the canvas.
 */
export function drawCurves(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  lines: readonly Line[],
  left: Axis | null,
  right: Axis | null,
  lastStep: number,
  rules: readonly (readonly [step: number, color: string])[],
  inks: Inks,
): (x: number) => number {
  const end = width - (right ? 36 : TOP);
  const foot = height - 18;
  const stepAt = (x: number): number =>
    Math.round(Math.min(1, Math.max(0, (x - LEFT) / (end - LEFT))) * lastStep);
  const pen = prepareCanvas(canvas, width, height);
  if (width < 80) return stepAt;
  const x = (step: number): number => LEFT + (step / lastStep) * (end - LEFT);
  const y = (axis: Axis, value: number): number => foot - heightOn(axis, value) * (foot - TOP);
  const rule = (x1: number, y1: number, x2: number, y2: number, color: string): void => {
    pen.strokeStyle = color;
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  };

  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.lineWidth = 1;
  pen.fillStyle = inks.soft;
  for (const axis of [left, right]) {
    if (!axis) continue;
    pen.textAlign = axis === left ? "right" : "left";
    for (const tick of axis.ticks) {
      const level = Math.round(y(axis, tick)) + 0.5;
      pen.globalAlpha = 0.6;
      if (axis === left || !left) rule(LEFT, level, end, level, inks.line);
      pen.globalAlpha = 1;
      pen.fillText(tickText(axis, tick), axis === left ? LEFT - 6 : end + 6, level);
    }
  }
  pen.textAlign = "center";
  for (const tick of linearTicks(0, lastStep, Math.max(2, Math.floor(width / 90)))) {
    if (Number.isInteger(tick) && x(tick) < end - 8) {
      pen.fillText(shortStep(tick), x(tick), foot + 10);
    }
  }

  pen.save();
  pen.beginPath();
  pen.rect(LEFT, 0, end - LEFT + 2, foot + 1);
  pen.clip();
  for (const { curve, color, dash, axis } of lines) {
    if (!axis) continue;
    const { steps, low, high } = curve;
    const count = steps.length;
    const to = (i: number, value: number): void => pen.lineTo(x(steps[i]!), y(axis, value));
    pen.fillStyle = pen.strokeStyle = color;
    pen.beginPath();
    for (let i = 0; i < count; i++) to(i, high[i]!);
    for (let i = count - 1; i >= 0; i--) to(i, low[i]!);
    pen.globalAlpha = 0.25;
    pen.fill();
    pen.globalAlpha = 1;
    pen.beginPath();
    for (let i = 0; i < count; i++) {
      // Halfway on the screen, whatever the axis.
      pen.lineTo(x(steps[i]!), (y(axis, low[i]!) + y(axis, high[i]!)) / 2);
    }
    pen.lineWidth = 1.5;
    pen.setLineDash(dash);
    pen.stroke();
    if (count === 1) pen.fillRect(x(steps[0]!) - 2, y(axis, high[0]!) - 2, 4, 4);
  }
  pen.restore();
  for (const [step, color] of rules) {
    const at = Math.round(x(Math.min(step, lastStep))) + 0.5;
    rule(at, TOP, at, foot, color);
  }
  return stepAt;
}
