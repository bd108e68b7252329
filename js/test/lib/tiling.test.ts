import { expect, test } from "vitest";
import {
  extent,
  type FitOptions,
  fitTiles,
  visibleTiles,
  zoomed,
  zoomsFor,
} from "../../src/lib/tiling";

const options = (facts: Partial<FitOptions>): FitOptions => ({
  count: 8,
  wanted: null,
  cells: [7, 7],
  bars: false,
  cellPx: null,
  limits: [26, 128, 26],
  sampled: false,
  matrix: false,
  group: 1,
  width: 600,
  height: 420,
  ratio: 1,
  ...facts,
});

test("tiles are as large as the space allows, in whole pixels a cell", () => {
  const tiling = fitTiles(options({}));
  expect(Number.isInteger(tiling.width / 7)).toBe(true);
  expect(extent(tiling)[0]).toBeLessThanOrEqual(600);
  expect(extent(tiling)[1]).toBeLessThanOrEqual(420);
  expect([tiling.columns, tiling.rows]).toEqual([4, 2]);
  expect(fitTiles(options({ width: 1200 })).rows).toBe(1);
});

test("what does not fit keeps a size that can be seen, and scrolls", () => {
  const tiling = fitTiles(options({ count: 4096 }));
  expect(tiling.width).toBeGreaterThanOrEqual(26);
  expect(extent(tiling)[1]).toBeGreaterThan(420);
  expect(extent(tiling)[0]).toBeLessThanOrEqual(600);
});

test("columns that were asked for are kept", () => {
  const tiling = fitTiles(options({ wanted: 3 }));
  expect([tiling.columns, tiling.rows]).toEqual([3, 3]);
});

test("a window sees exactly the rows and columns that it touches", () => {
  const tiling = { ...fitTiles(options({ wanted: 40, count: 1600 })), left: 30, top: 18 };
  const pitch = tiling.width + tiling.gap;
  const rise = tiling.height + tiling.caption + tiling.gap;
  const all = visibleTiles(tiling, 0, 0, 1e6, 1e6);
  expect(all).toEqual([0, 40, 0, 40]);
  const some = visibleTiles(tiling, 3 * pitch, 5 * rise, 30 + 1, 19);
  expect(some).toEqual([5, 6, 3, 4]);
});

test("pictures that are too large for whole pixels are sampled", () => {
  const zooms = zoomsFor(224, 40, 112, 16, true);
  expect(zooms).toEqual([1 / 2, 1 / 3, 1 / 4, 1 / 5]);
  expect(zoomed(224, 1 / 3)).toBe(75);
  expect(zoomsFor(7, 26, 128, 6)).toEqual([6, 5, 4]);
});
