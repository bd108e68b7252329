import { expect, test } from "vitest";
import { linearTicks, logTicks, niceAbove } from "../../src/lib/ticks";

test("limits are 1, 2 or 5 times a power of ten, never below the value", () => {
  expect([0.3, 0.2, 1, 1.1, 5, 5.1, 0.00021].map(niceAbove)).toEqual([
    0.5, 0.2, 1, 2, 5, 10, 0.0005,
  ]);
  expect([0.5, 0.51, 7, 200.1].map(niceAbove)).toEqual([0.5, 1, 10, 500]);
  expect([0, -1, Number.NaN, Number.POSITIVE_INFINITY].map(niceAbove)).toEqual([1, 1, 1, 1]);
});

test("linear ticks are round and within the ends", () => {
  expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(linearTicks(-0.3, 0.32, 4)).toEqual([-0.2, 0, 0.2]);
  expect(linearTicks(1, 1, 5)).toEqual([]);
});

test("logarithmic ticks are powers of ten, with 2 and 5 where there is room", () => {
  expect(logTicks(0.01, 10, 5)).toEqual([0.01, 0.1, 1, 10]);
  expect(logTicks(0.2, 3, 8)).toEqual([0.2, 0.5, 1, 2]);
  expect(logTicks(0, 1, 5)).toEqual([]);
  expect(logTicks(1e-9, 1, 3)).toEqual([1e-9, 1e-6, 1e-3, 1]);
});
