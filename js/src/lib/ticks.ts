import { rounded } from "./format";

/** The smallest of 1, 2, 5, 10, 20 … (and .5, .2, .1 …) that is not below `value`. */
export function niceAbove(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  // Floating powers of ten are a hair off: 0.3 / 0.1 must count as 3, not as more.
  const digit = [1, 2, 5].find((digit) => digit > value / power - 1e-9) ?? 10;
  return rounded(digit * power, 1);
}

/** Round numbers between two ends, in steps of 1, 2 or 5, about `count` of them. */
export function linearTicks(low: number, high: number, count: number): number[] {
  const ticks: number[] = [];
  if (!(high > low)) return ticks;
  const step = niceAbove((high - low) / Math.max(1, count));
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    ticks.push(rounded(i * step, 12));
  }
  return ticks;
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 between them where there is room. */
export function logTicks(low: number, high: number, count: number): number[] {
  const ticks: number[] = [];
  if (!(low > 0) || !(high > low)) return ticks;
  const decades = Math.log10(high / low);
  const marks = decades * 3 <= count ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high * (1 + 1e-9); power++) {
    for (const mark of power % every === 0 ? marks : []) {
      const tick = Number(`${mark}e${power}`);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}
