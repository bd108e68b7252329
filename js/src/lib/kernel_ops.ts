/** The cells of one kernel in C order. */
export type Cells = readonly number[];

/** A change of a whole kernel; `shape` is its extent along each spatial dimension. */
export type Operation = (cells: Cells, shape: readonly number[]) => number[];

/** Each cell takes what `from` finds at (row, column) of its slice. */
const remap =
  (
    from: (row: number, column: number, rows: number, columns: number) => [number, number],
  ): Operation =>
  (cells, shape) => {
    const columns = shape.at(-1) ?? 1;
    const rows = shape.at(-2) ?? 1;
    return cells.map((_, cell) => {
      const at = cell % (rows * columns);
      const [row, column] = from(Math.floor(at / columns), at % columns, rows, columns);
      const inside = row >= 0 && row < rows && column >= 0 && column < columns;
      return inside ? cells[cell - at + row * columns + column]! : 0;
    });
  };

export const flipLeftRight = remap((row, column, _, columns) => [row, columns - 1 - column]);

export const flipUpDown = remap((row, column, rows) => [rows - 1 - row, column]);

/** A quarter turn counter-clockwise; only square kernels keep their shape under it. */
export const turn = remap((row, column, _, columns) => [column, columns - 1 - row]);

/** Moves everything by whole cells; zeros come in at the edge, what leaves is lost. */
export const shift = (down: number, right: number): Operation =>
  remap((row, column) => [row - down, column - right]);

export const negate: Operation = (cells) => cells.map((value) => 0 - value);

export const zeroMean: Operation = (cells) => {
  const mean = cells.reduce((sum, value) => sum + value, 0) / cells.length;
  return cells.map((value) => value - mean);
};

/** The Euclidean length of a kernel. */
export const norm = (cells: Cells): number => Math.hypot(...cells);

/** Scales to a given norm; a kernel of zeros stays one. */
export const toNorm =
  (wanted: number): Operation =>
  (cells) => {
    const factor = wanted / (norm(cells) || 1);
    return cells.map((value) => value * factor);
  };

export const unitNorm = toNorm(1);

/**
 * Fits a hand-made kernel into a trained one's place: it takes over that kernel's norm, so that the
 * layers behind meet numbers of the size they know; where there was nothing, its largest cell is `limit`.
 */
export function fitPreset(preset: Cells, present: Cells, limit: number): number[] {
  const size = norm(present);
  return size > 0 && Number.isFinite(size)
    ? toNorm(size)(preset, [])
    : preset.map((value) => value * limit);
}
