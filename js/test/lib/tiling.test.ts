import { expect, test } from "vitest";
import {
  corner,
  extent,
  type FitOptions,
  fitTiles,
  tileAt,
  visibleTiles,
  zoomed,
  zoomsFor,
} from "../../src/lib/tiling";

const options = (facts: Partial<FitOptions>): FitOptions => ({
  count: 8,
  columns: null,
  zooms: zoomsFor(7, { smallest: 26, largest: 128, cell: 26 }),
  tile: (zoom) => [7 * zoom, 7 * zoom],
  width: 600,
  height: 420,
  ratio: 1,
  apart: true,
  captions: true,
  left: 4,
  top: 4,
  group: 0,
  ...facts,
});

test("tiles are as large as the space allows, in whole pixels a cell", () => {
  const tiling = fitTiles(options({}));
  expect(Number.isInteger(tiling.zoom)).toBe(true);
  expect(extent(tiling).width).toBeLessThanOrEqual(600);
  expect(extent(tiling).height).toBeLessThanOrEqual(420);
  expect([tiling.columns, tiling.rows]).toEqual([4, 2]);
  expect(fitTiles(options({ width: 1200 })).rows).toBe(1);
});

test("what does not fit keeps a size that can be seen, and scrolls", () => {
  const tiling = fitTiles(options({ count: 4096 }));
  expect(tiling.width).toBeGreaterThanOrEqual(26);
  expect(extent(tiling).height).toBeGreaterThan(420);
  expect(extent(tiling).width).toBeLessThanOrEqual(600);
});

test("columns that were asked for are kept", () => {
  const tiling = fitTiles(options({ columns: 3 }));
  expect([tiling.columns, tiling.rows]).toEqual([3, 3]);
});

test("every point of a tile leads back to it, and gaps to none", () => {
  for (const group of [0, 2]) {
    const tiling = fitTiles(options({ columns: 4, group }));
    for (let index = 0; index < 8; index++) {
      const [x, y] = corner(tiling, index);
      expect(tileAt(tiling, x, y)).toEqual({ index, x: 0, y: 0 });
      expect(tileAt(tiling, x + tiling.width - 1, y + 3)).toMatchObject({ index, y: 3 });
      expect(tileAt(tiling, x + tiling.width, y)).toBeNull();
    }
    expect(tileAt(tiling, 1, 1)).toBeNull();
  }
});

test("a place after the last tile is none", () => {
  const tiling = fitTiles(options({ count: 7, columns: 4 }));
  const [x, y] = corner({ ...tiling, count: 8 }, 7);
  expect(tileAt(tiling, x + 1, y + 1)).toBeNull();
});

test("a window sees exactly the rows and columns that it touches", () => {
  const tiling = { ...fitTiles(options({ columns: 40, count: 1600 })), left: 30, top: 18 };
  const pitch = tiling.width + tiling.gap;
  const rise = tiling.height + tiling.caption + tiling.gap;
  const all = visibleTiles(tiling, { x: 0, y: 0, width: 1e6, height: 1e6 });
  expect(all).toEqual({ firstRow: 0, lastRow: 40, firstColumn: 0, lastColumn: 40 });
  const some = visibleTiles(tiling, { x: 3 * pitch, y: 5 * rise, width: 30 + 1, height: 19 });
  expect(some).toEqual({ firstRow: 5, lastRow: 6, firstColumn: 3, lastColumn: 4 });
});

test("pictures that are too large for whole pixels are sampled", () => {
  const zooms = zoomsFor(224, { smallest: 40, largest: 112, cell: 16 }, true);
  expect(zooms).toEqual([1 / 2, 1 / 3, 1 / 4, 1 / 5]);
  expect(zoomed(224, 1 / 3)).toBe(75);
  expect(zoomsFor(7, { smallest: 26, largest: 128, cell: 6 })).toEqual([6, 5, 4]);
});
