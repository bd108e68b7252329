import type { Plane } from "../lib/convolution";

/** Sizes of cells, in CSS pixels; below one, so many cells share a pixel. */
export interface Sizes {
  /** One size for all planes, with numbers in the cells. */
  numbers: boolean;
  input: number;
  kernel: number;
  output: number;
  bars: number;
}

type Extent = Pick<Plane, "rows" | "columns">;

const GAP_PX = 60;
const LARGEST_CELL_PX = 80;
const LEAST_NUMBERS_PX = 26;
const PICTURE_PX = 380;
const KERNEL_PX = 190;

/** Fits planes of numbers side by side, or pictures in the space that is left beside the kernel. */
export function sizesFor(
  width: number,
  input: Extent,
  kernel: Extent,
  output: Extent,
  stages: readonly Extent[],
  channels: number,
): Sizes {
  if (output.rows === 1 && input.rows === 1) {
    const cell = Math.max(2, Math.min(LARGEST_CELL_PX, Math.floor(width / input.columns)));
    const bars = channels > 1 || stages.length > 0 ? 76 : 110;
    return { numbers: false, input: cell, kernel: cell, output: cell, bars };
  }
  // A channel's own map stands between its kernel and the output.
  const beside = channels > 1 ? [input, kernel, output, output] : [input, kernel, output];
  const planes = [...beside, ...stages];
  const height = PICTURE_PX / Math.min(channels, 3);
  const columns = planes.reduce((sum, plane) => sum + plane.columns, 0);
  const tallest = Math.max(input.rows, kernel.rows);
  const room = (width - GAP_PX * (planes.length - 1)) / columns;
  const common = Math.floor(Math.min(LARGEST_CELL_PX, room, height / tallest));
  if (common >= LEAST_NUMBERS_PX) {
    // Weights have many digits: what room is left is the kernel's.
    const left = width - GAP_PX * (planes.length - 1) - common * (columns - kernel.columns);
    const larger = Math.min(60, left / kernel.columns, height / kernel.rows);
    const sizes = { input: common, kernel: Math.max(common, Math.floor(larger)), output: common };
    return { numbers: true, ...sizes, bars: 0 };
  }
  const kernelPx = Math.min(KERNEL_PX, height, width / 4);
  const kernelCell = Math.floor(kernelPx / Math.max(kernel.rows, kernel.columns));
  const share = (pictures: number): number =>
    Math.min(PICTURE_PX, (width - kernelPx - GAP_PX * pictures) / pictures);
  const counted = 2 + stages.length;
  const sizes = { numbers: false, kernel: Math.max(4, Math.min(64, kernelCell)), bars: 0 };
  if (channels > 1) {
    const small = zoomFor(input, share(3), height);
    const left = width - kernelPx - 2 * small * input.columns - 3 * GAP_PX;
    const each = (left > 180 ? left : width) / (1 + stages.length) - GAP_PX;
    return { ...sizes, input: small, output: zoomFor(output, each, PICTURE_PX) };
  }
  // Where it is narrow, what follows the kernel wraps into rows of its own.
  const side = share(counted) > 150 ? share(counted) : share(1);
  return {
    ...sizes,
    input: zoomFor(input, side, PICTURE_PX),
    output: zoomFor(output, side, PICTURE_PX),
  };
}

/** Whole screen pixels for a cell, if it gets two or more; whole cells for a pixel, if it gets less than one. */
function zoomFor({ rows, columns }: Extent, width: number, height: number): number {
  const ratio = globalThis.devicePixelRatio || 1;
  const zoom = Math.min(width / columns, height / rows) * ratio;
  if (zoom < 1) return 1 / Math.ceil(1 / zoom) / ratio;
  return (zoom < 2 ? zoom : Math.floor(zoom)) / ratio;
}
