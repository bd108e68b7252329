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
  return shape.length === 1 ? layoutBars(shape[0]!, bias, area) : layoutGrid(shape, bias, area);
}

function layoutGrid(shape: readonly number[], bias: boolean, area: number): Layout {
  const columns = shape.at(-1)!;
  const rows = shape.at(-2)!;
  const size = Math.max(8, Math.min(56, Math.floor(area / Math.max(rows, columns))));
  const places = Array.from({ length: rows * columns }, (_, cell) => ({
    x: (cell % columns) * size,
    y: Math.floor(cell / columns) * size,
    width: size,
    height: size,
  }));
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => row * columns + column),
  );
  let width = columns * size;
  if (bias) {
    // Beside the last row, where the right arrow finds it.
    const side = Math.max(30, size);
    lines.at(-1)!.push(places.length);
    places.push({ x: width + GAP_PX, y: rows * size - side, width: side, height: side });
    width += GAP_PX + side;
  }
  return { bars: false, width, height: rows * size, places, rows: lines, dragPx: 100 };
}

function layoutBars(count: number, bias: boolean, area: number): Layout {
  const width = Math.max(10, Math.min(40, Math.floor(area / count)));
  const height = Math.max(100, Math.round(area * 0.7));
  const places = Array.from({ length: count }, (_, cell) => ({
    x: cell * width,
    y: 0,
    width,
    height,
  }));
  const rows = [places.map((_, cell) => cell)];
  if (bias) {
    rows[0]!.push(count);
    places.push({ x: count * width + GAP_PX, y: 0, width: Math.max(width, 24), height });
  }
  const last = places.at(-1)!;
  return { bars: true, width: last.x + last.width, height, places, rows, dragPx: height };
}

/** The cell at a point, or −1. */
export function cellAt(layout: Layout, x: number, y: number): number {
  return layout.places.findIndex(
    (place) =>
      x >= place.x && x < place.x + place.width && y >= place.y && y < place.y + place.height,
  );
}

/** The cells that a straight sweep passes, each once, the one it starts from left out. */
export function cellsAlong(
  layout: Layout,
  from: readonly [number, number],
  to: readonly [number, number],
): number[] {
  const smallest = Math.min(...layout.places.map((place) => Math.min(place.width, place.height)));
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const count = Math.ceil(Math.hypot(dx, dy) / (smallest / 3));
  const passed: number[] = [];
  let last = cellAt(layout, ...from);
  for (let i = 1; i <= count; i++) {
    const cell = cellAt(layout, from[0] + (dx * i) / count, from[1] + (dy * i) / count);
    if (cell >= 0 && cell !== last) passed.push(cell);
    if (cell >= 0) last = cell;
  }
  return passed;
}
