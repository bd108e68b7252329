import type { Plane } from "../lib/convolution";

type Row = number[];

function convolve(a: Row, b: Row): Row {
  return Array.from({ length: a.length + b.length - 1 }, (_, i) =>
    a.reduce((sum, value, j) => sum + value * (b[i - j] ?? 0), 0),
  );
}

/** `start` smoothed by [1, 1] again and again until it has so many numbers; short ones are cut. */
function grown(start: Row, size: number): Row {
  let row = start.slice(0, size);
  while (row.length < size) row = convolve(row, [1, 1]);
  return row;
}

function unit(size: number): Row {
  return Array.from({ length: size }, (_, i) => Number(i === Math.floor((size - 1) / 2)));
}

const flat = (size: number): Row => new Array<number>(size).fill(1);
/** A row of Pascal's triangle: ever closer to a Gaussian. */
const bell = (size: number): Row => grown([1], size);
const slope = (size: number): Row => grown(size === 2 ? [-1, 1] : [-1, 0, 1], size);
const bend = (size: number): Row => (size < 3 ? flat(size).fill(0) : grown([1, -2, 1], size));

function outer(column: Row, row: Row): Row {
  return column.flatMap((a) => row.map((b) => a * b));
}

/** With a sum of 1. */
function mean(row: Row): Row {
  const total = row.reduce((a, b) => a + b, 0);
  return row.map((value) => value / total);
}

function plus(a: Row, b: Row, times = 1): Row {
  return a.map((value, i) => value + times * b[i]!);
}

type Make = (rows: number, columns: number) => Row;

const count: Make = (rows, columns) => flat(rows * columns).map((_, i) => i + 1);
const identity: Make = (rows, columns) => outer(unit(rows), unit(columns));
const box: Make = (rows, columns) => mean(flat(rows * columns));
const smooth: Make = (rows, columns) => mean(outer(bell(rows), bell(columns)));

const PLANES: Record<string, Make> = {
  Identity: identity,
  "Box blur": box,
  "Gaussian blur": smooth,
  "Sobel, vertical edges": (rows, columns) => outer(bell(rows), slope(columns)),
  "Sobel, horizontal edges": (rows, columns) => outer(slope(rows), bell(columns)),
  Laplacian: (rows, columns) =>
    plus(outer(bend(rows), unit(columns)), outer(unit(rows), bend(columns))),
  Sharpen: (rows, columns) =>
    plus(
      identity(rows, columns).map((n) => 2 * n),
      box(rows, columns),
      -1,
    ),
  "Count up": count,
};

const SIGNALS: Record<string, Make> = {
  Identity: identity,
  Average: box,
  Smooth: smooth,
  Slope: (_, size) => slope(size),
  Bend: (_, size) => bend(size),
  "Peak [−1, 1, −1]": (_, size) => unit(size).map((n) => 2 * n - 1),
  "Count up": count,
};

/** Names of the hand-made kernels for pictures or, with one axis, for signals. */
export function presetNames(axes: number): string[] {
  return Object.keys(axes > 1 ? PLANES : SIGNALS);
}

/** A hand-made kernel of this size. */
export function preset(name: string, size: readonly number[]): number[] {
  const make = (size.length > 1 ? PLANES : SIGNALS)[name]!;
  return make(size.length > 1 ? size[0]! : 1, size.at(-1)!);
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
