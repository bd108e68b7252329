import type { LayerInfo } from "../generated/schema";
import { fitTiles, type Tiling, zoomed, zoomsFor } from "../lib/tiling";
import type { Space } from "./board";
import { kernelSize } from "./layer";

/** Which kernel, or slice of one, a tile shows. */
export interface Place {
  /** Position in the order shown. */
  position: number;
  /** Input within the group; null where a tile shows all inputs at once. */
  input: number | null;
  /** Slice of a 3-D kernel, else 0. */
  slice: number;
}

/** How a layer's kernels lie on the board. */
export interface Arrangement {
  kind: "plain" | "rgb" | "bars";
  /** One tile stands for all inputs of its filter. */
  composite: boolean;
  count: number;
  /** Tiles of one filter, side by side in a row of their own; 1: filters are wrapped into rows. */
  perFilter: number;
  depth: number;
  /** Size of one tile in cells, and numbers in one kernel. */
  rows: number;
  columns: number;
  cells: number;
  placeOf(index: number): Place;
  indexOf(position: number, input: number): number;
}

export interface TileSettings {
  columns: number | null;
  cellPx: number | null;
  numbers: boolean;
}

const BARS_PX = { least: 28, most: 64 };
const HEAD_PX = { left: 30, top: 18 };
const EDGE_PX = 4;

/** Arranges a layer; `map` is the size of the maps shown instead of kernels, when it sees through. */
export function arrangeKernels(
  layer: LayerInfo,
  rgb: boolean,
  map: readonly [number, number] | null = null,
): Arrangement {
  const [outs, ins] = layer.shape as [number, number];
  const size = kernelSize(layer);
  const depth = size.length === 3 && !map ? size[0]! : 1;
  const composite = rgb && readsColor(layer);
  const perFilter = composite ? 1 : ins * depth;
  const [rows, columns] = map ?? (size.length > 1 ? size.slice(-2) : [1, size[0] ?? 1]);
  const flat = size.length < 2 && (columns ?? 1) > 1;
  return {
    kind: flat ? "bars" : composite && !map ? "rgb" : "plain",
    composite,
    count: outs * perFilter,
    perFilter,
    depth,
    rows: rows!,
    columns: columns!,
    cells: size.reduce((product, n) => product * n, 1),
    placeOf(index) {
      const rest = index % perFilter;
      return {
        position: Math.floor(index / perFilter),
        input: composite ? null : Math.floor(rest / depth),
        slice: rest % depth,
      };
    },
    indexOf: (position, input) => position * perFilter + (composite ? 0 : input * depth),
  };
}

/** Whether the layer reads a picture of three channels, so that its filters have colors. */
export function readsColor(layer: LayerInfo): boolean {
  return (
    layer.reads_image && layer.shape.length === 4 && layer.shape[1] === 3 && layer.groups === 1
  );
}

/** Lays an arrangement into the space there is. */
export function tileKernels(
  arrangement: Arrangement,
  { width, height, ratio }: Space,
  { columns, cellPx, numbers }: TileSettings,
  sampled: boolean,
): Tiling {
  const { kind, rows, columns: across, count, perFilter, depth } = arrangement;
  const matrix = perFilter > 1;
  const single = rows * across === 1;
  const longest = kind === "bars" ? across : Math.max(rows, across);
  const cell = single ? 22 : numbers ? 36 : 26;
  const least = single ? 7 : matrix ? 15 : 26;
  const zooms = cellPx
    ? [Math.max(1, Math.round(cellPx * ratio))]
    : zoomsFor(
        longest,
        { smallest: least * ratio, largest: 128 * ratio, cell: cell * ratio },
        sampled,
      );
  const barHeight = (tileWidth: number): number =>
    Math.round(Math.max(BARS_PX.least * ratio, Math.min(BARS_PX.most * ratio, tileWidth * 0.6)));
  return fitTiles({
    count,
    columns: matrix ? perFilter : columns,
    zooms,
    tile: (zoom) => {
      const w = zoomed(across, zoom);
      return [w, kind === "bars" ? barHeight(w) : zoomed(rows, zoom)];
    },
    width,
    // Columns that somebody asked for shall fill the width, whatever height that takes.
    height: columns && !matrix ? Number.POSITIVE_INFINITY : height,
    ratio,
    apart: !(single && matrix),
    captions: !matrix,
    left: Math.round((matrix ? HEAD_PX.left : EDGE_PX) * ratio),
    top: Math.round((matrix ? HEAD_PX.top : EDGE_PX) * ratio),
    group: matrix && depth > 1 ? depth : 0,
  });
}
