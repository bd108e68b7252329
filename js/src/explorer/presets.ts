import type { Plane } from "../lib/convolution";

type Row = number[];

/** The row of Pascal's triangle with `size` numbers: ever closer to a Gaussian. */
function binomial(size: number): Row {
  let row = [1];
  while (row.length < size) row = [1, ...row.slice(1).map((n, i) => n + row[i]!), 1];
  return row;
}

function convolve(a: Row, b: Row): Row {
  const result = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      result[i + j]! += x * y;
    });
  });
  return result;
}

function centered(row: Row, size: number): Row {
  const start = Math.floor((size - row.length) / 2);
  return Array.from({ length: size }, (_, i) => row[i - start] ?? 0);
}

const identity = (size: number): Row => centered([1], size);
const slope = (size: number): Row =>
  size < 3 ? centered([-1, 1].slice(0, size), size) : convolve([-1, 0, 1], binomial(size - 2));
const bend = (size: number): Row =>
  size < 3 ? identity(size) : convolve([1, -2, 1], binomial(size - 2));

function outer(column: Row, row: Row, scale = 1): Row {
  return column.flatMap((a) => row.map((b) => a * b * scale || 0));
}

function combine(a: Row, b: Row, ofA: number, ofB: number): Row {
  return a.map((value, i) => ofA * value + ofB * b[i]!);
}

const total = (row: Row): number => row.reduce((a, b) => a + b, 0);
const box = (rows: number, columns: number): Row =>
  new Array<number>(rows * columns).fill(1 / (rows * columns));

type Make = (rows: number, columns: number) => Row;

const PLANES: Record<string, Make> = {
  Identity: (rows, columns) => outer(identity(rows), identity(columns)),
  "Box blur": box,
  "Gaussian blur": (rows, columns) => {
    const [down, across] = [binomial(rows), binomial(columns)];
    return outer(down, across, 1 / (total(down) * total(across)));
  },
  "Sobel, vertical edges": (rows, columns) => outer(binomial(rows), slope(columns)),
  "Sobel, horizontal edges": (rows, columns) => outer(slope(rows), binomial(columns)),
  Laplacian: (rows, columns) =>
    combine(
      outer(bend(rows), identity(columns)),
      outer(identity(rows), bend(columns)),
      Number(rows > 2),
      Number(columns > 2),
    ),
  Sharpen: (rows, columns) => combine(PLANES.Identity!(rows, columns), box(rows, columns), 2, -1),
  Emboss: (rows, columns) =>
    Array.from({ length: rows * columns }, (_, i) =>
      Math.sign(Math.floor(i / columns) - (rows - 1) / 2 + (i % columns) - (columns - 1) / 2),
    ),
  "Count up": (rows, columns) => Array.from({ length: rows * columns }, (_, i) => i + 1),
};

const SIGNALS: Record<string, Make> = {
  Identity: (_, size) => identity(size),
  Average: box,
  Smooth: (_, size) => binomial(size).map((n) => n / 2 ** (size - 1)),
  Slope: (_, size) => slope(size),
  Bend: (_, size) => bend(size),
  "Peak [−1, 1, −1]": (_, size) =>
    Array.from({ length: size }, (_, i) => (i === Math.floor(size / 2) ? 1 : -1)),
  "Count up": (_, size) => Array.from({ length: size }, (_, i) => i + 1),
};

/** Names of the hand-made kernels for pictures or, with one axis, for signals. */
export function presetNames(axes: number): string[] {
  return Object.keys(axes > 1 ? PLANES : SIGNALS);
}

/** A hand-made kernel of this size. */
export function preset(name: string, size: readonly number[]): Plane & { data: number[] } {
  const [rows, columns] = size.length > 1 ? [size[0]!, size[1]!] : [1, size[0]!];
  const make = (size.length > 1 ? PLANES : SIGNALS)[name]!;
  return { data: make(rows, columns), rows, columns };
}

/** The same kernel on more or fewer cells: its middle stays, zeros come in at the edges. */
export function resized({ data, rows, columns }: Plane, down: number, across: number): number[] {
  const top = Math.trunc((down - rows) / 2);
  const left = Math.trunc((across - columns) / 2);
  return Array.from({ length: down * across }, (_, i) => {
    const row = Math.floor(i / across) - top;
    const column = (i % across) - left;
    const inside = row >= 0 && row < rows && column >= 0 && column < columns;
    return inside ? data[row * columns + column]! : 0;
  });
}
