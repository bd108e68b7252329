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
  let most = 0;
  for (let i = start; i < start + count; i++) {
    const size = Math.abs(data[i]!);
    if (size > most) most = size;
  }
  return most;
}

/** The next of 1, 2, 5, 10, 20 … that is no smaller. */
export function stepAbove(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5].find((digit) => digit * power >= value * (1 - 1e-9));
  return (step ?? 10) * power;
}

/** A range that grows at once in 1-2-5 steps, and shrinks only when three quarters of it lie idle. */
export function heldLimit(previous: number, needed: number): number {
  return needed > previous || needed < previous / 4 ? stepAbove(needed) : previous;
}
