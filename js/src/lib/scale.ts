import { rounded } from "./format";

/** The range of a slider; with `max` its last position means "as much as there is" (null). */
export interface Scale {
  low: number;
  high: number;
  logarithmic?: boolean;
  max?: boolean;
  /** Values are whole multiples of it. */
  step?: number;
}

/** Positions run from 0 to here. */
export const POSITIONS = 1000;

const span = (scale: Scale): number => (scale.max ? POSITIONS - 50 : POSITIONS);

/** The value at a slider's position; logarithmic ones are rounded to two digits, as people say them. */
export function fromPosition(scale: Scale, position: number): number | null {
  const { low, high } = scale;
  if (scale.max && position > span(scale)) return null;
  const part = position / span(scale);
  if (scale.step) return Math.round((low + part * (high - low)) / scale.step) * scale.step;
  if (!scale.logarithmic) return low + part * (high - low);
  return rounded(low * (high / low) ** part, 2);
}

/** Where a value lies on a slider, cut off at its ends. */
export function toPosition(scale: Scale, value: number | null): number {
  const { low, high } = scale;
  if (value === null) return POSITIONS;
  const part = scale.logarithmic
    ? Math.log(value / low) / Math.log(high / low)
    : (value - low) / (high - low);
  return Math.round(Math.min(1, Math.max(0, part)) * span(scale));
}
