/** The smallest of 1, 2, 5, 10, 20 … (and .5, .2, .1 …) that is not below `value`. */
export function niceAbove(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  // Floating powers of ten are a hair off: 0.3 / 0.1 must count as 3, not as more.
  const digits = value / power - 1e-9;
  const nice = digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10;
  return Number((nice * power).toPrecision(1));
}

/** Round numbers between two ends, in steps of 1, 2 or 5, about `count` of them. */
export function linearTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [];
  const step = niceAbove((high - low) / Math.max(1, count));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 between them where there is room. */
export function logTicks(low: number, high: number, count: number): number[] {
  if (!(low > 0) || !(high > low)) return [];
  const decades = Math.log10(high / low);
  const marks = decades * 3 <= count ? [1, 2, 5] : [1];
  const every = marks.length > 1 ? 1 : Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const ticks: number[] = [];
  const last = Math.floor(Math.log10(high) + 1e-9);
  for (let power = Math.floor(Math.log10(low)); power <= last; power++) {
    if (marks.length === 1 && power % every !== 0) continue;
    for (const mark of marks) {
      const tick = Number(`${mark}e${power}`);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}
