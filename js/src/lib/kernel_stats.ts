import { niceAbove } from "./ticks";

/** Facts about one kernel, or any run of numbers: `count` of them from `start`. */
export interface Stats {
  low: number;
  high: number;
  /** The square root of the sum of squares. */
  norm: number;
}

export function statsOf(data: ArrayLike<number>, start: number, count: number): Stats {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let squares = 0;
  for (let i = start; i < start + count; i++) {
    const value = data[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
    squares += value * value;
  }
  return { low, high, norm: Math.sqrt(squares) };
}

/** The largest magnitude. */
export function largest(data: ArrayLike<number>, start: number, count: number): number {
  const { low, high } = statsOf(data, start, count);
  return Math.max(0, high, -low);
}

/** A range that grows at once in 1-2-5 steps, and shrinks only when three quarters of it lie idle. */
export function heldLimit(previous: number, needed: number): number {
  return needed > previous || needed < previous / 4 ? niceAbove(needed) : previous;
}
