import { expect, test } from "vitest";
import { decimals, fixed, number, percent, shape } from "../../src/lib/format";

test("numbers have a true minus and three digits", () => {
  expect([-0.2123, 0.5, 12.345, 1234.5, 0].map((value) => number(value))).toEqual([
    "−0.212",
    "0.500",
    "12.3",
    "1235",
    "0",
  ]);
  expect(number(-0.0000123)).toBe("−1.23×10⁻⁵");
  expect(number(2.5e7)).toBe("2.50×10⁷");
  expect([Number.NaN, Number.NEGATIVE_INFINITY].map((value) => number(value))).toEqual([
    "NaN",
    "−∞",
  ]);
});

test("digits that the rounding error does not support are left out", () => {
  expect(number(0.21234, 0.002)).toBe("0.21");
  expect(number(0.21234, 0.04)).toBe("0.2");
  expect(number(0.001, 0.04)).toBe("0.0");
  expect(decimals(0.5, 0.002)).toBe(2);
  expect(decimals(0.5)).toBe(3);
});

test("what rounds to zero has no sign", () => {
  expect(fixed(-0.001, 2)).toBe("0.00");
  expect(fixed(-1.5, 1)).toBe("−1.5");
});

test("shapes and shares", () => {
  expect(shape([7, 7])).toBe("7×7");
  expect([0, 0.001, 0.984, 0.999, 1].map(percent)).toEqual([
    "0\u00a0%",
    "<1\u00a0%",
    "98\u00a0%",
    ">99\u00a0%",
    "100\u00a0%",
  ]);
});
