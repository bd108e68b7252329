import { expect, test } from "vitest";
import { heldLimit, largest, statsOf } from "../../src/lib/kernel_stats";

test("norm, range and magnitude of one kernel among others", () => {
  const data = [100, 3, -4, 0, 100];
  expect(statsOf(data, 1, 3)).toEqual({ low: -4, high: 3, norm: 5 });
  expect(largest(data, 1, 3)).toBe(4);
});

test("a range grows at once and shrinks late", () => {
  expect(heldLimit(1, 1.2)).toBe(2);
  expect(heldLimit(1, 0.3)).toBe(1);
  expect(heldLimit(1, 0.2)).toBe(0.2);
});
