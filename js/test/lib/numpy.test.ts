import { expect, test } from "vitest";
import { toNumpy } from "../../src/lib/numpy";

test("NumPy text has the digits that bring 32-bit numbers back, and no more", () => {
  const third = Math.fround(1 / 3);
  expect(toNumpy([Math.fround(0.1), third], [2])).toBe(
    "np.array([0.1, 0.33333334], dtype=np.float32)",
  );
  expect(toNumpy([1, 2, 3, 4], [2, 2])).toBe(
    "np.array([[1, 2],\n          [3, 4]], dtype=np.float32)",
  );
  expect(toNumpy([Number.NaN, Number.NEGATIVE_INFINITY], [2])).toContain("[np.nan, -np.inf]");
  for (const value of [1e-30, 123456.789, -7.25, 3.4e38]) {
    const text = toNumpy([Math.fround(value)], [1]).slice(10, -20);
    expect(Math.fround(Number(text))).toBe(Math.fround(value));
  }
});
