/** Where tiles lie, in pixels of the screen: a grid, column after column, row after row. */
export interface Tiling {
  count: number;
  columns: number;
  rows: number;
  /** Pixels of one cell of a tile; 1/n shows every n-th cell. */
  zoom: number;
  width: number;
  height: number;
  gap: number;
  /** Height kept free under each tile, for its caption. */
  caption: number;
  /** Pixels kept free left of and above all tiles, for headers and the selection's ring. */
  left: number;
  top: number;
  /** After so many columns the gap is wider; 0: nowhere. */
  group: number;
}

export interface FitOptions {
  count: number;
  /** Number of columns, or null for as many as suit the space. */
  columns: number | null;
  /** Zooms to choose from, the largest first; the last is taken when nothing fits. */
  zooms: readonly number[];
  /** Size of a tile in screen pixels at a zoom. */
  tile(zoom: number): readonly [number, number];
  /** Space for all of it, in screen pixels. */
  width: number;
  height: number;
  /** Screen pixels per CSS pixel. */
  ratio: number;
  /** Whether tiles stand apart (else they form one matrix). */
  apart: boolean;
  /** Whether tiles that are wide enough get a caption. */
  captions: boolean;
  left: number;
  top: number;
  group: number;
}

const CAPTION_FROM_PX = 40;
const CAPTION_PX = 18;

/** The tiling with the largest cells that fit; what does not fit at all will be scrolled. */
export function fitTiles(options: FitOptions): Tiling {
  for (const zoom of options.zooms) {
    const tiling = lay(options, zoom);
    const { width, height } = extent(tiling);
    if (width <= options.width && height <= options.height) return balanced(tiling, options);
  }
  return lay(options, options.zooms.at(-1) ?? 1);
}

/**
 * Zooms for a tile of `cells` cells along its longer side, largest first: whole cells between
 * `smallest` and `largest` pixels a tile, and with `sampled` parts of cells where even single pixels
 * would be too many.
 */
export function zoomsFor(
  cells: number,
  { smallest, largest, cell }: { smallest: number; largest: number; cell: number },
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

function lay(options: FitOptions, zoom: number): Tiling {
  const { count, ratio, left, top, group } = options;
  const [width, height] = options.tile(zoom);
  const gap = options.apart
    ? Math.round(ratio * Math.max(3, Math.min(8, Math.round(width / ratio / 8))))
    : 0;
  const captioned = options.captions && width >= CAPTION_FROM_PX * ratio;
  const space = options.width - left - margin(ratio);
  const columns =
    options.columns ?? Math.max(1, Math.min(count, Math.floor((space + gap) / (width + gap))));
  return {
    count,
    columns,
    rows: Math.ceil(count / columns),
    zoom,
    width,
    height,
    gap,
    caption: captioned ? Math.round(CAPTION_PX * ratio) : 0,
    left,
    top,
    group,
  };
}

/** Rows of equal length, where the same number of rows allows it. */
function balanced(tiling: Tiling, options: FitOptions): Tiling {
  if (options.columns !== null) return tiling;
  return { ...tiling, columns: Math.ceil(tiling.count / tiling.rows) };
}

function margin(ratio: number): number {
  return Math.ceil(4 * ratio);
}

function columnX(tiling: Tiling, column: number): number {
  const wide = tiling.group > 0 ? Math.floor(column / tiling.group) * (tiling.gap + 2) : 0;
  return tiling.left + column * (tiling.width + tiling.gap) + wide;
}

function pitchY(tiling: Tiling): number {
  return tiling.height + tiling.caption + tiling.gap;
}

/** Size of all tiles together, with room for a ring around the outermost. */
export function extent(tiling: Tiling): { width: number; height: number } {
  const room = Math.max(4, tiling.gap);
  return {
    width: columnX(tiling, tiling.columns - 1) + tiling.width + room,
    height: tiling.top + tiling.rows * pitchY(tiling) - tiling.gap + room,
  };
}

/** The corner of a tile. */
export function corner(tiling: Tiling, index: number): [number, number] {
  const row = Math.floor(index / tiling.columns);
  return [columnX(tiling, index % tiling.columns), tiling.top + row * pitchY(tiling)];
}

/** The tile at a point, and where in it (from its corner); null between tiles. */
export function tileAt(
  tiling: Tiling,
  x: number,
  y: number,
): { index: number; x: number; y: number } | null {
  const row = Math.floor((y - tiling.top) / pitchY(tiling));
  let column = Math.floor((x - tiling.left) / (tiling.width + tiling.gap));
  // Wider gaps push columns to the right of where equal ones would be.
  column = Math.min(column, tiling.columns - 1);
  while (column > 0 && columnX(tiling, column) > x) column--;
  const index = row * tiling.columns + column;
  if (row < 0 || column < 0 || index >= tiling.count) return null;
  const [left, top] = corner(tiling, index);
  if (x < left || x >= left + tiling.width || y - top >= tiling.height + tiling.caption)
    return null;
  return { index, x: x - left, y: y - top };
}

export interface Span2 {
  firstRow: number;
  lastRow: number;
  firstColumn: number;
  lastColumn: number;
}

/** Rows and columns of tiles that a window onto the tiling touches; ends are exclusive. */
export function visibleTiles(
  tiling: Tiling,
  window: { x: number; y: number; width: number; height: number },
): Span2 {
  const pitch = pitchY(tiling);
  const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value));
  const firstRow = clamp(Math.floor((window.y + tiling.gap) / pitch), tiling.rows);
  const bottom = window.y + window.height - tiling.top;
  const lastRow = clamp(Math.ceil(bottom / pitch), tiling.rows);
  let firstColumn = 0;
  // A header stays at the left edge and covers what lies under it.
  const left = window.x + tiling.left;
  while (firstColumn < tiling.columns && columnX(tiling, firstColumn) + tiling.width <= left) {
    firstColumn++;
  }
  let lastColumn = firstColumn;
  const right = window.x + window.width;
  while (lastColumn < tiling.columns && columnX(tiling, lastColumn) < right) lastColumn++;
  return { firstRow: Math.min(firstRow, lastRow), lastRow, firstColumn, lastColumn };
}

/** Calls for each visible tile, row by row. */
export function eachTile(
  tiling: Pick<Tiling, "columns" | "count">,
  visible: Span2,
  call: (index: number) => void,
): void {
  for (let row = visible.firstRow; row < visible.lastRow; row++) {
    for (let column = visible.firstColumn; column < visible.lastColumn; column++) {
      const index = row * tiling.columns + column;
      if (index < tiling.count) call(index);
    }
  }
}
