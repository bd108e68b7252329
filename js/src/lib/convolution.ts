import { range } from "./range";

/** Numbers on a plane, row by row; a signal is a plane of one row. */
export interface Plane {
  data: ArrayLike<number>;
  rows: number;
  columns: number;
}

/** How a kernel slides, one entry for each spatial dimension (one or two), as a layer says it. */
export interface Sliding {
  stride: readonly number[];
  padding: readonly (readonly [number, number])[];
  padding_mode: string;
  dilation: readonly number[];
}

/** A kernel or picture of this spatial shape (one or two sizes), from `start` in a larger array. */
export function plane(data: ArrayLike<number>, sizes: readonly number[], start = 0): Plane {
  const [rows, columns] = both(sizes, 1);
  const count = rows * columns;
  if (start === 0 && data.length === count) return { data, rows, columns };
  const part = new Float64Array(count);
  for (let i = 0; i < count; i++) part[i] = data[start + i]!;
  return { data: part, rows, columns };
}

/** The plane with its padding around it. */
export function pad(
  { data, rows, columns }: Plane,
  { padding, padding_mode }: Pick<Sliding, "padding" | "padding_mode">,
): Plane {
  const [[above, below], [left, right]] = both<readonly [number, number]>(padding, [0, 0]);
  const ys = sources(rows, above, below, padding_mode);
  const xs = sources(columns, left, right, padding_mode);
  const padded = new Float64Array(ys.length * xs.length);
  let i = 0;
  for (const y of ys) for (const x of xs) padded[i++] = y < 0 || x < 0 ? 0 : data[y * columns + x]!;
  return { data: padded, rows: ys.length, columns: xs.length };
}

/** What a kernel leaves of a padded plane: `[rows, columns]` of its map (not above zero: too small). */
export function mapSize(
  padded: Pick<Plane, "rows" | "columns">,
  kernel: Pick<Plane, "rows" | "columns">,
  sliding: Pick<Sliding, "stride" | "dilation">,
): [number, number] {
  const [sy, sx, dy, dx] = stepsOf(sliding);
  return [
    Math.floor((padded.rows - dy * (kernel.rows - 1) - 1) / sy) + 1,
    Math.floor((padded.columns - dx * (kernel.columns - 1) - 1) / sx) + 1,
  ];
}

/**
 * Cross-correlates a padded plane with a kernel, in double precision, as layers do: the kernel
 * slides as it stands. Given `sum`, adds to it (one input channel after the other).
 */
export function correlate(
  padded: Plane,
  kernel: Plane,
  sliding: Pick<Sliding, "stride" | "dilation">,
  sum?: Float64Array,
): Plane & { data: Float64Array } {
  const [rows, columns] = mapSize(padded, kernel, sliding).map((n) => Math.max(0, n));
  const [sy, sx, dy, dx] = stepsOf(sliding);
  const { data } = padded;
  const { data: weights, columns: across } = kernel;
  const result = sum ?? new Float64Array(rows! * columns!);
  for (let y = 0; y < rows!; y++) {
    const end = (y + 1) * columns!;
    for (let ky = 0; ky < kernel.rows; ky++) {
      for (let kx = 0; kx < across; kx += 4) {
        const k = ky * across + kx;
        const left = across - kx;
        const weight = (n: number): number => (n < left ? weights[k + n]! : 0);
        const a = weight(0);
        const b = weight(1);
        const c = weight(2);
        const d = weight(3);
        let i = end - columns!;
        let at = (y * sy + ky * dy) * padded.columns + kx * dx;
        if (sx * dx === 1) {
          // Four cells for four sums at a time: what is read once serves them all.
          let p = data[at]!;
          let q = data[at + 1]!;
          let r = data[at + 2]!;
          // The last few are left for below: with fewer than four cells this reads beyond them.
          for (; i + 6 < end; i += 4, at += 4) {
            const s = data[at + 3]!;
            const t = data[at + 4]!;
            const u = data[at + 5]!;
            const v = data[at + 6]!;
            result[i]! += a * p + b * q + c * r + d * s;
            result[i + 1]! += a * q + b * r + c * s + d * t;
            result[i + 2]! += a * r + b * s + c * t + d * u;
            result[i + 3]! += a * s + b * t + c * u + d * v;
            p = t;
            q = u;
            r = v;
          }
        }
        for (; i < end; i++, at += sx) {
          result[i]! +=
            a * data[at]! +
            (left > 1 ? b * data[at + dx]! : 0) +
            (left > 2 ? c * data[at + 2 * dx]! : 0) +
            (left > 3 ? d * data[at + 3 * dx]! : 0);
        }
      }
    }
  }
  return { data: result, rows: rows!, columns: columns! };
}

/** Where a map is highest, as `[row, column]`; the first of equals; null in an empty one. */
export function highest({ data, columns }: Plane): [number, number] | null {
  let best = -1;
  for (let i = 0; i < data.length; i++) if (best < 0 || data[i]! > data[best]!) best = i;
  return best < 0 ? null : [Math.floor(best / columns), best % columns];
}

/** The part of a padded plane that the kernel covers at one place of its map. */
export function coveredBy(
  padded: Plane,
  kernel: Pick<Plane, "rows" | "columns">,
  sliding: Pick<Sliding, "stride" | "dilation">,
  [row, column]: readonly [number, number],
): Plane {
  const [sy, sx, dy, dx] = stepsOf(sliding);
  const data = new Float64Array(kernel.rows * kernel.columns);
  let i = 0;
  for (let y = 0; y < kernel.rows; y++) {
    const from = (row * sy + y * dy) * padded.columns + column * sx;
    for (let x = 0; x < kernel.columns; x++) data[i++] = padded.data[from + x * dx]!;
  }
  return { data, rows: kernel.rows, columns: kernel.columns };
}

/** The cell that each padded cell along one axis repeats; −1 where there is nothing but zero. */
function sources(size: number, before: number, after: number, mode: string): number[] {
  return range(before + size + after).map((i) => {
    const at = i - before;
    if (at >= 0 && at < size) return at;
    if (mode === "replicate") return at < 0 ? 0 : size - 1;
    if (mode === "circular") return ((at % size) + size) % size;
    if (mode === "reflect") return at < 0 ? -at : 2 * (size - 1) - at;
    return -1;
  });
}

/** Stride and dilation, of each first along rows and then along columns. */
function stepsOf({
  stride,
  dilation,
}: Pick<Sliding, "stride" | "dilation">): [number, number, number, number] {
  return [...both(stride, 1), ...both(dilation, 1)];
}

function both<T>(values: readonly T[], neutral: T): [T, T] {
  return values.length > 1 ? [values[0]!, values[1]!] : [neutral, values[0]!];
}
