import { fixed, number, rounded } from "./format";
import { linearTicks, logTicks, niceAbove } from "./ticks";

/** A logged value over steps: of each bucket its first step, and its lowest and highest value. */
export interface Buckets {
  name: string;
  steps: ArrayLike<number>;
  low: ArrayLike<number>;
  high: ArrayLike<number>;
  last: number | null;
  nonfinite: number;
}

/** A vertical axis: what it runs over, and where numbers stand on it. */
export interface Axis {
  low: number;
  high: number;
  logarithmic: boolean;
  ticks: number[];
}

/** Shares between 0 and 1 where higher is better; they get the axis at the right. */
export function isShare({ name }: Buckets): boolean {
  return /acc|score|precision|recall|\bf1\b|\bauc\b|\br2\b/i.test(name);
}

/** The axis on which all these curves fit; null when none has a value that can be drawn. */
export function axisFor(
  curves: readonly Buckets[],
  logarithmic: boolean,
  count: number,
): Axis | null {
  const values = curves
    .flatMap(({ low, high }) => [...Array.from(low), ...Array.from(high)])
    .filter((value) => !logarithmic || value > 0);
  if (values.length === 0) return null;
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (logarithmic) {
    if (high < low * 1.5) [low, high] = [low / 1.5, high * 1.5];
    return { low, high, logarithmic, ticks: logTicks(low, high, count) };
  }
  // A loss is read against zero, unless it moves far from it.
  if (low > 0 && low < 0.6 * high) low = 0;
  if (high > 0.5 && high <= 1 && curves.every(isShare)) [low, high] = [low < 1 ? low : 0, 1];
  if (high === low) [low, high] = low < 0 ? [2 * low, 0] : [0, 2 * high || 1];
  const step = niceAbove((high - low) / count);
  low = Math.floor(low / step + 1e-9) * step;
  high = Math.max(high, low + step);
  return { low, high, logarithmic, ticks: linearTicks(low, high, count) };
}

/** A tick in words, with the decimals that its neighbors need. */
export function tickText({ ticks, logarithmic }: Axis, tick: number): string {
  if (tick === 0) return "0";
  if (logarithmic || ticks.length < 2) return number(tick, 0, 1);
  const step = ticks[1]! - ticks[0]!;
  if (Math.abs(tick) >= 1e5 || step < 1e-4) return number(tick, 0, 2);
  return fixed(tick, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

/** The height of a value on an axis, from 0 at its foot to 1; below it for what a logarithm lacks. */
export function heightOn({ low, high, logarithmic }: Axis, value: number): number {
  if (!logarithmic) return (value - low) / (high - low);
  return value > 0 ? Math.log(value / low) / Math.log(high / low) : -1;
}

/** The last bucket that begins at or before a step; the first one before that. */
export function bucketAt({ steps }: Buckets, step: number): number {
  let from = 0;
  let to = steps.length - 1;
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (steps[middle]! <= step) from = middle;
    else to = middle - 1;
  }
  return from;
}

/** "step 120: loss 0.21 to 0.25, validation loss 0.3". */
export function valuesAt(curves: readonly Buckets[], step: number): string {
  const words = curves.filter(isBegun).map((curve) => {
    const i = bucketAt(curve, step);
    const low = number(curve.low[i]!);
    const high = number(curve.high[i]!);
    return `${curve.name} ${low === high ? low : `${low} to ${high}`}`;
  });
  return `step ${step}: ${words.join(", ")}`;
}

/** What the curves show, in a sentence. */
export function describeCurves(curves: readonly Buckets[]): string {
  const words = curves
    .filter(isBegun)
    .map(
      ({ name, steps, high, last }) =>
        `${name} from ${number(high[0]!)} at step ${steps[0]} to ${number(last ?? high[high.length - 1]!)}`,
    );
  return words.length > 0 ? `Curves over training steps: ${words.join("; ")}.` : "No curve yet.";
}

/** Whether there is something to draw. */
export function isBegun({ steps }: Buckets): boolean {
  return steps.length > 0;
}

/** A step as an axis says it: 500, 20k, 1.5M. */
export function shortStep(step: number): string {
  const [unit, sign] = step >= 1e6 ? [1e6, "M"] : step >= 1e4 ? [1e3, "k"] : [1, ""];
  return rounded(step / unit, 3) + sign;
}
