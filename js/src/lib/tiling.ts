/** Where tiles lie, in pixels of the screen: a grid, column after column, row after row. */
export interface Tiling {
  count: number;
  columns: number;
  rows: number;
  width: number;
  height: number;
  gap: number;
  /** Height kept free under each tile, for its caption. */
  caption: number;
  /** Pixels kept free left of and above all tiles, for headers and the selection's ring. */
  left: number;
  top: number;
  /** Tiles of one row belong together under headers. */
  matrix: boolean;
  /** So many columns of a matrix belong closer together. */
  group: number;
}

export interface FitOptions {
  count: number;
  /** Number of columns, or null for as many as suit the space. */
  wanted: number | null;
  /** Cells of a tile. */
  cells: readonly [number, number];
  /** One row of cells, drawn as bars. */
  bars: boolean;
  /** CSS pixels of a cell: the number asked for, or null for what suits the space. */
  cellPx: number | null;
  /** CSS pixels: the longer side of a tile, at least and at most, and the largest cell. */
  limits: readonly [number, number, number];
  /** Whether every n-th cell will do, where even single pixels would be too many. */
  sampled: boolean;
  /** Tiles of one row belong together under headers; else they are wrapped and get captions. */
  matrix: boolean;
  group: number;
  /** Space for all of it, in screen pixels. */
  width: number;
  height: number;
  /** Screen pixels per CSS pixel. */
  ratio: number;
}

const CAPTION_FROM_PX = 40;
const CAPTION_PX = 18;
const EDGE_PX = 4;
const HEAD_PX = [30, 18] as const;
const BARS_PX = [28, 64] as const;

/** The tiling with the largest cells that fit; what does not fit at all will be scrolled. */
export function fitTiles(options: FitOptions): Tiling {
  const { cells, cellPx, limits, sampled, bars, ratio, wanted, matrix, width, height } = options;
  const longest = bars ? cells[1] : Math.max(...cells);
  const zooms = cellPx
    ? [Math.max(1, Math.round(cellPx * ratio))]
    : zoomsFor(longest, ...(limits.map((px) => px * ratio) as [number, number, number]), sampled);
  for (const zoom of zooms) {
    const tiling = lay(options, zoom);
    const [wide, high] = extent(tiling);
    // Columns that somebody asked for shall fill the width, whatever height that takes.
    if (wide <= width && (high <= height || (wanted && !matrix))) {
      // Rows of equal length, where the same number of rows allows it.
      if (!wanted && !matrix) tiling.columns = Math.ceil(tiling.count / tiling.rows);
      return tiling;
    }
  }
  return lay(options, zooms.at(-1) ?? 1);
}

/**
 * Zooms for a tile of `cells` cells along its longer side, largest first: whole cells between
 * `smallest` and `largest` pixels a tile, and with `sampled` parts of cells where even single pixels
 * would be too many.
 */
export function zoomsFor(
  cells: number,
  smallest: number,
  largest: number,
  cell: number,
  sampled = false,
): number[] {
  const zooms: number[] = [];
  const least = Math.max(1, Math.ceil(smallest / cells));
  const most = Math.max(least, Math.floor(Math.min(cell, largest / cells)));
  for (let zoom = most; zoom >= least; zoom--) zooms.push(zoom);
  if (!sampled) return zooms;
  for (let step = 2; cells / step >= smallest; step++) zooms.push(1 / step);
  const small = zooms.filter((zoom) => zoom * cells <= largest);
  return small.length > 0 ? small : zooms.slice(-1);
}

/** Size of a field at a zoom, in screen pixels. */
export function zoomed(size: number, zoom: number): number {
  return zoom < 1 ? Math.ceil(size / Math.round(1 / zoom)) : size * zoom;
}

function lay({ count, ratio, cells, bars, matrix, wanted, ...rest }: FitOptions, zoom: number) {
  const px = (size: number): number => Math.round(size * ratio);
  const [rows, across] = cells;
  const width = zoomed(across, zoom);
  const apart = !matrix || rows * across > 1;
  const gap = apart ? px(Math.max(3, Math.min(8, Math.round(width / ratio / 8)))) : 0;
  const [left, top] = (matrix ? HEAD_PX : [EDGE_PX, EDGE_PX]).map(px) as [number, number];
  const space = rest.width - left - EDGE_PX * ratio;
  const fitting = Math.max(1, Math.min(count, Math.floor((space + gap) / (width + gap))));
  const columns = wanted ?? fitting;
  return {
    count,
    columns,
    rows: Math.ceil(count / columns),
    width,
    height: bars
      ? px(Math.max(BARS_PX[0], Math.min(BARS_PX[1], (0.6 * width) / ratio)))
      : zoomed(rows, zoom),
    gap,
    caption: !matrix && width >= CAPTION_FROM_PX * ratio ? px(CAPTION_PX) : 0,
    left,
    top,
    matrix,
    group: rest.group,
  };
}

function columnX({ group, gap, left, width }: Tiling, column: number): number {
  return left + column * (width + gap) + (group > 1 ? Math.floor(column / group) * (gap + 2) : 0);
}

function pitchY({ height, caption, gap }: Tiling): number {
  return height + caption + gap;
}

/** Width and height of all tiles together, with room for a ring around the outermost. */
export function extent(tiling: Tiling): [number, number] {
  const { columns, rows, width, gap, top } = tiling;
  const room = Math.max(4, gap);
  return [columnX(tiling, columns - 1) + width + room, top + rows * pitchY(tiling) - gap + room];
}

/** The corner of a tile. */
export function corner(tiling: Tiling, index: number): [number, number] {
  const row = Math.floor(index / tiling.columns);
  return [columnX(tiling, index % tiling.columns), tiling.top + row * pitchY(tiling)];
}

/** First and last row, first and last column; the last ones are exclusive. */
export type Span2 = readonly [number, number, number, number];

/** Rows and columns of tiles that a window onto the tiling touches. */
export function visibleTiles(
  tiling: Tiling,
  x: number,
  y: number,
  width: number,
  height: number,
): Span2 {
  const { rows, columns, gap, top, left } = tiling;
  const pitch = pitchY(tiling);
  const within = (row: number): number => Math.max(0, Math.min(rows, row));
  const lastRow = within(Math.ceil((y + height - top) / pitch));
  let first = 0;
  // A header stays at the left edge and covers what lies under it.
  while (first < columns && columnX(tiling, first) + tiling.width <= x + left) first++;
  let last = first;
  while (last < columns && columnX(tiling, last) < x + width) last++;
  return [Math.min(within(Math.floor((y + gap) / pitch)), lastRow), lastRow, first, last];
}
