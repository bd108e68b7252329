import { expect, test } from "vitest";
import { fromPosition, POSITIONS, toPosition } from "../../src/lib/scale";

const SPEED = { low: 1, high: 1000, logarithmic: true, max: true };

test("a logarithmic slider ends in max, which is null", () => {
  expect(fromPosition(SPEED, 0)).toBe(1);
  expect(fromPosition(SPEED, POSITIONS)).toBe(null);
  expect(fromPosition(SPEED, POSITIONS - 50)).toBe(1000);
  expect(toPosition(SPEED, null)).toBe(POSITIONS);
});

test("values come back from their positions as far as two digits go", () => {
  for (const value of [1, 3.2, 10, 47, 900]) {
    expect(fromPosition(SPEED, toPosition(SPEED, value))).toBeCloseTo(value, value < 10 ? 1 : -1);
  }
  const plain = { low: -0.5, high: 0.5 };
  expect(fromPosition(plain, toPosition(plain, 0.25))).toBe(0.25);
});

test("values beyond the ends stand at the ends", () => {
  expect(toPosition({ low: 0, high: 1 }, 7)).toBe(POSITIONS);
  expect(toPosition({ low: 0, high: 1 }, -7)).toBe(0);
});
