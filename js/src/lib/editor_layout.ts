/** A place on the canvas, in CSS pixels. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where each cell of the edited kernel stands; 1-D kernels are bars with the zero line halfway up. */
export interface Layout {
  bars: boolean;
  width: number;
  height: number;
  /** Cells of one slice in C order, then the bias where there is one. */
  places: Place[];
  /** Rows of cells as arrows walk them; the bias ends the last. */
  rows: number[][];
  /** How far a hand moves, in pixels, from one end of the color range to the other. */
  dragPx: number;
}

const GAP_PX = 10;

/** Lays out one slice of a kernel within about `area` × `area` pixels. */
export function layoutCells(shape: readonly number[], bias: boolean, area: number): Layout {
  const bars = shape.length === 1;
  const columns = shape.at(-1)!;
  const count = bars ? 1 : shape.at(-2)!;
  const [least, most] = bars ? [10, 40] : [8, 56];
  const size = Math.floor(area / Math.max(bars ? 1 : count, columns));
  const side = Math.max(least, Math.min(most, size));
  const height = bars ? Math.max(100, Math.round(area * 0.7)) : side;
  const places = Array.from({ length: count * columns }, (_, cell) => ({
    x: (cell % columns) * side,
    y: Math.floor(cell / columns) * height,
    width: side,
    height,
  }));
  const rows = Array.from({ length: count }, (_, row) =>
    Array.from({ length: columns }, (_, column) => row * columns + column),
  );
  let width = columns * side;
  if (bias) {
    // Beside the last row, where the right arrow finds it.
    const own = Math.max(bars ? 24 : 30, side);
    const tall = bars ? height : own;
    rows.at(-1)!.push(places.length);
    places.push({ x: width + GAP_PX, y: count * height - tall, width: own, height: tall });
    width += GAP_PX + own;
  }
  return { bars, width, height: count * height, places, rows, dragPx: bars ? height : 100 };
}

/** The cell at a point, or −1. */
export function cellAt({ places }: Layout, px: number, py: number): number {
  return places.findIndex(
    ({ x, y, width, height }) => px >= x && px < x + width && py >= y && py < y + height,
  );
}

/** The cells that a straight sweep passes, each once, the one it starts from left out. */
export function cellsAlong(
  layout: Layout,
  [x, y]: readonly [number, number],
  to: readonly [number, number],
): number[] {
  const smallest = Math.min(...layout.places.map(({ width, height }) => Math.min(width, height)));
  const [dx, dy] = [to[0] - x, to[1] - y];
  const count = Math.ceil(Math.hypot(dx, dy) / (smallest / 3));
  const passed: number[] = [];
  let last = cellAt(layout, x, y);
  for (let i = 1; i <= count; i++) {
    const cell = cellAt(layout, x + (dx * i) / count, y + (dy * i) / count);
    if (cell >= 0 && cell !== last) passed.push(cell);
    if (cell >= 0) last = cell;
  }
  return passed;
}
