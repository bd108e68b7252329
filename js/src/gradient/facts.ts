import type { ArraySpec, GradientFrame } from "../generated/schema";
import type { Plane } from "../lib/convolution";
import { decodeArray } from "../model/arrays";

export type Sample = number | "all";

/**
 * A gradient and what it is made of, as planes; a signal is a plane of one row. All that is of the
 * gradient is told in `unit`, so that its numbers have few zeros.
 */
export interface Facts {
  readonly header: GradientFrame;
  /** 1, 0.001, … */
  readonly unit: number;
  /** A signal. */
  readonly flat: boolean;
  readonly weight: Plane;
  /** Inputs (padded) and output gradients of the samples on show, as far as they were sent. */
  readonly shown: readonly number[];
  readonly inputs: readonly Plane[];
  readonly outputs: readonly Plane[];
  /** What other uses of the weight add, or null. */
  readonly rest: Plane | null;
  /** The gradient of the loss, or what one sample adds to it. */
  gradientOf(sample: Sample): Plane;
  /** What each sample adds to the gradient of a cell. */
  sharesOf(cell: number): number[];
  /** The same with one sample on show, or all of them. */
  of(sample: Sample): Facts;
}

/** A thousandth, a millionth … in which numbers up to this size read well; `before` is kept if it will do. */
export function unitFor(largest: number, before = 0): number {
  const inUnits = largest / before;
  if (before > 0 && (largest === 0 || (inUnits >= 0.05 && inUnits < 200))) return before;
  if (!(largest > 0) || !Number.isFinite(largest)) return 1;
  return 10 ** Math.min(0, 3 * Math.floor(Math.log10(10 * largest) / 3));
}

/** Decodes a frame; null where it holds no gradient. `before` is the unit of the one before. */
export function readFacts(header: GradientFrame, bytes: DataView, before = 0): Facts | null {
  if (!header.weight || !header.shares) return null;
  const read = (spec: ArraySpec): ArrayLike<number> => decodeArray(spec, bytes).data;
  const [raw, more] = [read(header.shares), header.rest && read(header.rest)];
  const cells = header.weight.shape.reduce((product, n) => product * n, 1);
  const given = header.outputs ? read(header.outputs) : [];
  const largest = Array.from(given).reduce((most, n) => Math.max(most, Math.abs(n)), 0);
  const sum = largestSum(raw, more, cells);
  // Between the two: both are shown in it.
  const unit = unitFor(largest > 0 ? Math.sqrt(sum * largest) : sum, before);
  const inUnits = (data: ArrayLike<number>): Float64Array =>
    Float64Array.from(data, (n) => n / unit);
  const size = header.weight.shape;
  const flat = size.length === 1;
  const [rows, columns] = flat ? [1, size[0]!] : (size as [number, number]);
  const kernel = (data: ArrayLike<number>): Plane => ({ data, rows, columns });
  const planes = (spec: ArraySpec | null, data: Float32Array | Float64Array): Plane[] => {
    if (!spec) return [];
    const [count = 0, ...extent] = spec.shape;
    const [tall, wide] = flat ? [1, extent[0]!] : (extent as [number, number]);
    return Array.from({ length: count }, (_, nth) => ({
      data: data.subarray(nth * tall * wide, (nth + 1) * tall * wide),
      rows: tall,
      columns: wide,
    }));
  };
  const shares = inUnits(raw);
  const count = rows * columns;
  const rest = more && inUnits(more);
  const sharesOf = (cell: number): number[] =>
    header.samples.map((_, nth) => shares[nth * count + cell]!);
  const facts: Facts = {
    header,
    unit,
    flat,
    weight: kernel(read(header.weight)),
    shown: header.shown,
    inputs: planes(header.inputs, (header.inputs ? read(header.inputs) : []) as Float32Array),
    outputs: planes(header.outputs, inUnits(given)),
    rest: rest && kernel(rest),
    gradientOf(sample) {
      const one = (_: unknown, cell: number): number =>
        sample === "all"
          ? sharesOf(cell).reduce((sum, share) => sum + share, rest?.[cell] ?? 0)
          : shares[sample * count + cell]!;
      return kernel(Array.from({ length: count }, one));
    },
    sharesOf,
    of(sample) {
      if (sample === "all") return facts;
      const nth = header.shown.indexOf(sample);
      const one = <T>(all: readonly T[]): readonly T[] => (nth < 0 ? [] : [all[nth]!]);
      const { shown, inputs, outputs } = facts;
      return { ...facts, shown: one(shown), inputs: one(inputs), outputs: one(outputs) };
    },
  };
  return facts;
}

function largestSum(
  shares: ArrayLike<number>,
  rest: ArrayLike<number> | null,
  cells: number,
): number {
  let most = 0;
  for (let cell = 0; cell < cells; cell++) {
    let sum = rest?.[cell] ?? 0;
    for (let i = cell; i < shares.length; i += cells) sum += shares[i]!;
    most = Math.max(most, Math.abs(sum));
  }
  return most;
}

/** Where a cell of the kernel meets the padded input first, and in which steps it goes on. */
export function touched({ header, flat, weight }: Facts, cell: number) {
  const [row, column] = [Math.floor(cell / weight.columns), cell % weight.columns];
  const [downBy, acrossBy] = flat ? [1, header.dilation[0]!] : header.dilation;
  const [down, across] = flat ? [1, header.stride[0]!] : header.stride;
  return { row: row * downBy!, column: column * acrossBy!, steps: [down!, across!] as const };
}

/** One product: the place in the output gradient, and the two numbers. */
export interface Term {
  row: number;
  column: number;
  value: number;
  gradient: number;
}

/** The products that add up to what the nth sample on show gives to the gradient of a cell. */
export function termsOf(facts: Facts, cell: number, nth: number): Term[] {
  const { row, column, steps } = touched(facts, cell);
  const [input, output] = [facts.inputs[nth]!, facts.outputs[nth]!];
  return Array.from({ length: output.rows * output.columns }, (_, i) => {
    const [down, across] = [Math.floor(i / output.columns), i % output.columns];
    const at = (row + down * steps[0]) * input.columns + column + across * steps[1];
    return { row: down, column: across, value: input.data[at]!, gradient: output.data[i]! };
  });
}

/** So many of the largest, in their own order, and how many are left out. */
export function largestOf<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  most: number,
): { kept: T[]; left: number } {
  if (items.length <= most) return { kept: [...items], left: 0 };
  const ranked = [...items].sort((a, b) => Math.abs(sizeOf(b)) - Math.abs(sizeOf(a)));
  const chosen = new Set(ranked.slice(0, most));
  return { kept: items.filter((item) => chosen.has(item)), left: items.length - most };
}
