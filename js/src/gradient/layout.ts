import type { Plane } from "../lib/convolution";

type Extent = Pick<Plane, "rows" | "columns">;

/** Sizes in CSS pixels; below one, so many cells share a pixel. */
export interface Sizes {
  cell: number;
  kernel: number;
  /** Height of a signal's bars; 0 draws cells. */
  bars: number;
  /** So many samples stand side by side. */
  across: number;
}

const CAPTION_PX = 24;
const GAP_PX = 8;
const SIGN_PX = 58;
const HEIGHT_PX = 330;
/** Height that many samples side by side may take, as a share of the width. */
const GALLERY_SHARE = 0.42;
const HIGHEST_GALLERY_PX = 640;
const LARGEST_PX = 56;
/** A kernel of the step, where there is room. */
export const KERNEL_PX = 300;
const LEAST_SIDE_PX = 210;
/** Of many samples, which have names under them. */
const LEAST_GALLERY_PX = 340;

/** A kernel's cells: large enough for numbers and fingers while they are few. */
export function kernelCell({ rows, columns }: Extent, room: number): number {
  const most = Math.min(room / columns, KERNEL_PX / rows);
  return Math.max(6, Math.min(KERNEL_PX / 3, Math.floor(most)));
}

/** Fits inputs, output gradients and the kernel side by side, or below each other where narrow. */
export function sizesFor(
  width: number,
  bars: boolean,
  count: number,
  input: Extent,
  kernel: Extent,
): Sizes {
  const own = kernelCell(kernel, Math.min(width, 216));
  if (bars) {
    const cell = Math.max(2, Math.min(40, Math.floor(Math.min(width, 1100) / input.columns)));
    return { cell, across: 1, kernel: own, bars: 84 };
  }
  const beside = Math.floor((width - own * kernel.columns - 2 * SIGN_PX) / 2);
  const fits = beside >= (count > 1 ? LEAST_GALLERY_PX : LEAST_SIDE_PX);
  const height =
    fits && count > 1 ? Math.min(HIGHEST_GALLERY_PX, GALLERY_SHARE * width) : HEIGHT_PX;
  const [cell, across] = galleryCell(input, count, fits ? beside : width, height);
  return { cell, across, kernel: own, bars: 0 };
}

/** The largest cell with which `count` planes fit into a box, and in how many columns they do. */
function galleryCell(
  { rows, columns }: Extent,
  count: number,
  width: number,
  height: number,
): [number, number] {
  let [best, columnsOfBest] = [0.05, 1];
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const wide = (width / across - GAP_PX) / columns;
    const tall = (height / down - (count > 1 ? CAPTION_PX : 0)) / rows;
    const cell = Math.min(wide, tall, LARGEST_PX);
    if (cell > best) [best, columnsOfBest] = [cell, across];
  }
  const zoom = best * (globalThis.devicePixelRatio || 1);
  const whole = zoom >= 1 ? Math.floor(zoom) : 1 / Math.ceil(1 / zoom);
  return [whole / (globalThis.devicePixelRatio || 1), columnsOfBest];
}
