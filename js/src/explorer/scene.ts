import type { Plane } from "../lib/convolution";
import type { Coloring } from "./colors";
import type { Result } from "./compute";
import type { Sizes } from "./layout";
import type { Mark } from "./panel";

/** Everything that one picture of the explorer is drawn from. */
export interface Scene {
  now: Result;
  sizes: Sizes;
  /** A signal: planes of one row, drawn as bars. */
  flat: boolean;
  /** The output on show. */
  row: number;
  column: number;
  /** How far the kernel is on its way around: 0 to 1. */
  turn: number;
  /** The product pointed at in the sum, or −1. */
  term: number;
  /** The input cell pointed at, or −1. */
  cell: number;
  color(kind: string, planes: readonly Plane[]): Coloring;
}

/** A ring around one cell. */
export function ringAt(row: number, column: number): Mark {
  return { row, column, rows: 1, columns: 1, kind: "ring" };
}

/** A spatial shape as a plane's: a signal is one row. */
export function extentOf(spatial: readonly number[]): Pick<Plane, "rows" | "columns"> {
  return { rows: spatial.length > 1 ? spatial[0]! : 1, columns: spatial.at(-1)! };
}

export function shapeText({ rows, columns }: Pick<Plane, "rows" | "columns">): string {
  return rows === 1 ? String(columns) : `${rows}×${columns}`;
}

/** The lowest and the highest of some numbers. */
export function rangeOf(data: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    if (data[i]! < low) low = data[i]!;
    if (data[i]! > high) high = data[i]!;
  }
  return [low, high];
}
