import { range } from "./range";

/** Test pictures for a layer to look at: brightness from 0 to 1 at a place from −1 to 1. */
export const STIMULI: { readonly [name: string]: (x: number, y: number) => number } = {
  Blank: () => 0,
  Edge: (x) => Number(x > 0),
  Bars: (x, y) => Number(y < 0 ? Math.cos(9 * x) > 0.3 : Math.cos(9 * y) > 0.3),
  Diagonal: (x, y) => Number(Math.abs(x + y) < 0.25),
  Spot: (x, y) => Number(x * x + y * y < 0.25),
  Rings: (x, y) => 0.5 + 0.5 * Math.cos(14 * (x * x + y * y)),
  Checks: (x, y) => Number(Math.sin(8 * x) * Math.sin(8 * y) > 0),
  Ramp: (x) => (x + 1) / 2,
};

/** A test picture in rows of so many columns. */
export function stimulus(name: string, rows: number, columns: number): number[] {
  const light = STIMULI[name]!;
  const place = (i: number, count: number): number => (2 * i + 1) / count - 1;
  return range(rows * columns).map((i) =>
    light(place(i % columns, columns), place(Math.floor(i / columns), rows)),
  );
}
