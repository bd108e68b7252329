import { expect, test } from "vitest";
import { SPECTRUM, spectrumOf } from "../../src/lib/spectrum";

const kernel = [1, 2, 0, -1, 3, 0.5, 2, -2, 1];

function naive(values: readonly number[], side: number, v: number, u: number): number {
  let [a, b] = [0, 0];
  values.forEach((value, i) => {
    const [y, x] = [Math.floor(i / 3), i % 3];
    const angle = (-2 * Math.PI * ((v - side / 2) * y + (u - side / 2) * x)) / side;
    a += value * Math.cos(angle);
    b += value * Math.sin(angle);
  });
  return Math.hypot(a, b);
}

test("it is the magnitude of the Fourier transform, zero frequency in the center", () => {
  const { data, rows, columns } = spectrumOf([9, 9, ...kernel], 2, 3, 3, 1);
  expect([rows, columns]).toEqual([SPECTRUM, SPECTRUM]);
  for (const [v, u] of [
    [16, 16],
    [0, 0],
    [5, 20],
    [31, 16],
  ] as const) {
    expect(data[v * columns + u]).toBeCloseTo(naive(kernel, SPECTRUM, v, u), 10);
  }
  const sum = kernel.reduce((all, value) => all + value, 0);
  expect(data[16 * columns + 16]).toBeCloseTo(Math.abs(sum), 10);
});

test("channels add up as energies, and a signal has one row", () => {
  const one = spectrumOf(kernel, 0, 3, 3, 1).data[40]!;
  const two = spectrumOf([...kernel, ...kernel], 0, 3, 3, 2).data[40]!;
  expect(two).toBeCloseTo(one * Math.SQRT2, 10);
  const signal = spectrumOf([1, -1], 0, 1, 2, 1);
  expect(signal.rows).toBe(1);
  expect(signal.data[16]).toBeCloseTo(0, 10);
  expect(signal.data[0]).toBeCloseTo(2, 10);
});
