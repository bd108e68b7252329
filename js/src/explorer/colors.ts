import type { Plane } from "../lib/convolution";
import { heldLimit } from "../lib/kernel_stats";
import { createPalette } from "../lib/palette";

/** How one kind of plane is colored. */
export interface Coloring {
  palette: Uint32Array;
  low: number;
  high: number;
  /** From the lowest to the highest number, zero included. */
  axis: readonly [number, number];
}

/**
 * Chooses colors: pictures without negative numbers are gray, everything else has two colors around
 * zero. With `moving` pictures the range is held, so that nothing flickers.
 */
export function createColors(dark: boolean) {
  const signedPalette = createPalette("RdBu", dark);
  const gray = createPalette("gray", dark);
  const held = new Map<string, number>();
  return (kind: string, planes: readonly Plane[], picture: boolean, moving: boolean): Coloring => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { data } of planes) {
      for (let i = 0; i < data.length; i++) {
        const value = data[i]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    const largest = Math.max(Math.abs(low), Math.abs(high)) || 1;
    let limit = largest;
    if (moving) {
      limit = heldLimit(held.get(kind) ?? 0, largest);
      held.set(kind, limit);
    }
    const axis = [Math.min(0, low), Math.max(0, high)] as const;
    return picture && low >= 0
      ? { palette: gray, low: 0, high: limit, axis }
      : { palette: signedPalette, low: -limit, high: limit, axis };
  };
}
