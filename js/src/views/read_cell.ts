import type { Picture } from "../draw/tiles";
import { number } from "../lib/format";

/** The cell at a share of a picture's width and height, "(2, 3)", and its value; null beyond it. */
export function readCell(
  { data, start, rows, columns, rgb, bars, error }: Picture,
  x: number,
  y: number,
): [place: string, value: string] | null {
  const row = bars ? 0 : Math.floor(y * rows);
  const column = Math.floor(x * columns);
  if (x < 0 || row >= rows || column >= columns) return null;
  const at = (channel: number): string =>
    number(data[start + (channel * rows + row) * columns + column]!, error);
  return [
    `(${bars ? "" : `${row}, `}${column})`,
    rgb ? `red ${at(0)}, green ${at(1)}, blue ${at(2)}` : at(0),
  ];
}
