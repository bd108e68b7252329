import { rounded } from "./format";
import { range } from "./range";

/** The kernel as a line of Python, with just the digits that bring back the same 32-bit numbers. */
export function toNumpy(cells: readonly number[], shape: readonly number[]): string {
  const write = (axis: number, start: number): string => {
    const count = shape[axis]!;
    const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
    const last = axis === shape.length - 1;
    const items = range(count).map((i) =>
      last ? shortest(cells[start + i]!) : write(axis + 1, start + i * stride),
    );
    return `[${items.join(last ? ", " : `,\n${" ".repeat(10 + axis)}`)}]`;
  };
  return `np.array(${write(0, 0)}, dtype=np.float32)`;
}

function shortest(value: number): string {
  if (Number.isNaN(value)) return "np.nan";
  if (!Number.isFinite(value)) return value > 0 ? "np.inf" : "-np.inf";
  const single = Math.fround(value);
  let digits = 1;
  while (digits < 9 && Math.fround(rounded(single, digits)) !== single) digits++;
  return String(rounded(single, digits));
}
