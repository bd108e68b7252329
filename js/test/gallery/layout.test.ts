import { expect, test } from "vitest";
import { columnsFor } from "../../src/gallery/layout";

const ROOM = { width: 900, height: 800, gap: 10, caption: 30, title: 34, least: 92, most: 220 };

test("few tiles are as large as they may be", () => {
  expect(columnsFor([3], 1, ROOM)).toEqual([4]);
  expect(columnsFor([12], 1, { ...ROOM, height: 820 })).toEqual([4]);
});

test("many tiles get as many columns as fit, and rows of equal length", () => {
  const [byHand, learned] = columnsFor([12, 64], 1, ROOM) as [number, number];
  expect(byHand).toBe(6);
  expect(learned).toBe(8);
  expect(columnsFor([13], 1, { ...ROOM, height: 500 })).toEqual([7]);
});

test("a narrow page has one column at least", () => {
  expect(columnsFor([5], 1, { ...ROOM, width: 60 })).toEqual([1]);
  expect(columnsFor([], 1, ROOM)).toEqual([]);
});
