import { zeroMean } from "./kernel_ops";
import { range } from "./range";

/** The value at `u` along and `v` across the angle, in pixels from the center. */
type Formula = (u: number, v: number, numbers: Numbers, shape: readonly number[]) => number;
type Numbers = { readonly [name: string]: number };

const bell = (r: number): number => Math.exp((-r * r) / 2);

/** Heₙ, the probabilists' Hermite polynomial. */
function hermite(order: number, x: number): number {
  let before = 0;
  let now = 1;
  for (let n = 0; n < order; n++) [before, now] = [now, x * now - n * before];
  return now;
}

const derivative: Formula = (u, v, { sigma = 1, order = 0 }) =>
  hermite(order, u / sigma) * bell(Math.hypot(u, v) / sigma);

/** The functions of `kw.filters` that have sliders, but for scale, and for the mean of the flat ones. */
const FORMULAS: { readonly [maker: string]: Formula } = {
  gaussian: derivative,
  gaussian_derivative: derivative,
  laplacian_of_gaussian: (u, v, { sigma = 1 }, { length }) =>
    ((u * u + v * v) / sigma ** 2 - length) * bell(Math.hypot(u, v) / sigma),
  line(u, _, { width_px = 1 }, shape) {
    const inside = width_px / 2 - Math.abs(u);
    // Beyond 3×3 its borders are anti-aliased.
    return Math.max(...shape) > 3 ? Math.max(0, Math.min(1, inside + 0.5)) : Number(inside > -1e-9);
  },
  gabor: (u, v, { wavelength_px = 1, phase_deg = 0, sigma = 1, gamma = 1 }) =>
    bell(Math.hypot(u, gamma * v) / sigma) *
    Math.cos(Math.PI * ((2 * u) / wavelength_px + phase_deg / 180)),
};

/** Nothing is left of these on an even picture. */
const FLAT = /^la|^li/;

/** A kernel of `kw.filters` by its name there, of some norm: for other arguments than Python sent. */
export function handMade(maker: string, numbers: Numbers, shape: readonly number[]): number[] {
  const rows = shape.at(-2) ?? 1;
  const columns = shape.at(-1)!;
  const angle = ((numbers.angle_deg ?? 0) * Math.PI) / 180;
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const cells = range(rows * columns).map((i) => {
    const x = (i % columns) - (columns - 1) / 2;
    const y = (rows - 1) / 2 - Math.floor(i / columns);
    return FORMULAS[maker]!(x * cosine + y * sine, y * cosine - x * sine, numbers, shape);
  });
  return FLAT.test(maker) ? zeroMean(cells, shape) : cells;
}
