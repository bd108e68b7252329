import type { Plane } from "./convolution";

/** Frequencies along each side of a spectrum; more where the kernel is larger. */
export const SPECTRUM = 32;

/**
 * |FFT| of kernels that follow each other from `start`, zero-padded to 32 a side, zero frequency in
 * the center; of several channels the root of the sum of squares.
 */
export function spectrumOf(
  values: ArrayLike<number>,
  start: number,
  rows: number,
  columns: number,
  channels: number,
): Plane & { data: Float64Array } {
  const high = rows > 1 ? Math.max(SPECTRUM, rows) : 1;
  const wide = Math.max(SPECTRUM, columns);
  const power = new Float64Array(high * wide);
  const turn = (frequency: number, place: number, side: number): number =>
    (2 * Math.PI * (frequency - Math.floor(side / 2)) * place) / side;
  for (let channel = 0; channel < channels; channel++) {
    const from = start + channel * rows * columns;
    for (let u = 0; u < wide; u++) {
      const real = new Float64Array(rows);
      const imaginary = new Float64Array(rows);
      for (let x = 0; x < columns; x++) {
        const angle = turn(u, x, wide);
        const cosine = Math.cos(angle);
        const sine = Math.sin(angle);
        for (let y = 0; y < rows; y++) {
          const value = values[from + y * columns + x]!;
          real[y]! += value * cosine;
          imaginary[y]! -= value * sine;
        }
      }
      for (let v = 0; v < high; v++) {
        let a = 0;
        let b = 0;
        for (let y = 0; y < rows; y++) {
          const angle = turn(v, y, high);
          const cosine = Math.cos(angle);
          const sine = Math.sin(angle);
          a += real[y]! * cosine + imaginary[y]! * sine;
          b += imaginary[y]! * cosine - real[y]! * sine;
        }
        power[v * wide + u]! += a * a + b * b;
      }
    }
  }
  return { data: power.map(Math.sqrt), rows: high, columns: wide };
}
