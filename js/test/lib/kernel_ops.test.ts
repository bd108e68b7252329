import { expect, test } from "vitest";
import * as ops from "../../src/lib/kernel_ops";

const NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const SQUARE = [3, 3];

test("flips mirror rows and columns", () => {
  expect(ops.flipLeftRight(NINE, SQUARE)).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7]);
  expect(ops.flipUpDown(NINE, SQUARE)).toEqual([7, 8, 9, 4, 5, 6, 1, 2, 3]);
  expect(ops.flipLeftRight([1, 2, 3], [3])).toEqual([3, 2, 1]);
});

test("a turn is a quarter counter-clockwise, and four of them are none", () => {
  expect(ops.turn(NINE, SQUARE)).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
  let cells: readonly number[] = NINE;
  for (let i = 0; i < 4; i++) cells = ops.turn(cells, SQUARE);
  expect(cells).toEqual(NINE);
});

test("operations work slice by slice on 3-D kernels", () => {
  const two = [1, 2, 3, 4, 5, 6, 7, 8];
  expect(ops.flipLeftRight(two, [2, 2, 2])).toEqual([2, 1, 4, 3, 6, 5, 8, 7]);
  expect(ops.shift(1, 0)(two, [2, 2, 2])).toEqual([0, 0, 1, 2, 0, 0, 5, 6]);
});

test("a shift brings zeros in at the edge", () => {
  expect(ops.shift(0, 1)(NINE, SQUARE)).toEqual([0, 1, 2, 0, 4, 5, 0, 7, 8]);
  expect(ops.shift(-1, 0)(NINE, SQUARE)).toEqual([4, 5, 6, 7, 8, 9, 0, 0, 0]);
});

test("negate makes no negative zero", () => {
  expect(ops.negate([1, -2, 0], [3])).toEqual([-1, 2, 0]);
});

test("zero mean and unit norm are what they say", () => {
  expect(ops.zeroMean(NINE, SQUARE)).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4]);
  expect(ops.unitNorm([3, 4], [2])).toEqual([0.6000000000000001, 0.8]);
  expect(ops.unitNorm([0, 0], [2])).toEqual([0, 0]);
});

test("a preset takes the norm of the kernel it replaces, or the limit where there was none", () => {
  const fitted = ops.fitPreset([1, -1, 0], [0, 3, 4], 0.5);
  expect(ops.norm(fitted)).toBeCloseTo(5, 12);
  expect(fitted[0]).toBe(-fitted[1]!);
  expect(ops.fitPreset([1, -1, 0], [0, 0, 0], 0.5)).toEqual([0.5, -0.5, 0]);
});
