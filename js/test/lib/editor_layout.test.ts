import { expect, test } from "vitest";
import { cellAt, cellsAlong, layoutCells } from "../../src/lib/editor_layout";

test("every cell is found at its own middle, the bias too", () => {
  for (const layout of [layoutCells([3, 5], true, 210), layoutCells([9], true, 210)]) {
    layout.places.forEach(({ x, y, width, height }, cell) => {
      expect(cellAt(layout, x + width / 2, y + height / 2)).toBe(cell);
      expect(x + width).toBeLessThanOrEqual(layout.width);
      expect(y + height).toBeLessThanOrEqual(layout.height);
    });
  }
  expect(cellAt(layoutCells([3, 3], false, 210), -1, 5)).toBe(-1);
});

test("rows hold every place once", () => {
  const layout = layoutCells([3, 4], true, 210);
  expect(layout.rows.flat()).toEqual(Array.from({ length: 13 }, (_, i) => i));
});

test("a fast sweep misses no cell on its way", () => {
  const layout = layoutCells([1, 7], false, 210);
  const y = layout.height / 2;
  expect(cellsAlong(layout, [5, y], [layout.width - 1, y])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(cellsAlong(layout, [5, y], [6, y])).toEqual([]);
});

test("kernels of every size stay within the area", () => {
  for (const size of [1, 2, 3, 7, 12, 21]) {
    expect(layoutCells([size, size], false, 210).width).toBeLessThanOrEqual(210);
  }
});
