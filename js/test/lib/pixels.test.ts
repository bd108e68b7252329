import { expect, test } from "vitest";
import { leaves } from "../../src/lib/leaves";
import { asChannels, channelsOf, reduced } from "../../src/lib/pixels";

test("pixels of a canvas become gray, or three colors", () => {
  const data = Uint8ClampedArray.of(255, 0, 0, 255, 0, 51, 255, 255);
  const pixels = { data, width: 2, height: 1 } as ImageData;
  expect([...channelsOf(pixels, 3)]).toEqual([1, 0, 0, 0.2, 0, 1]);
  const [red, other] = channelsOf(pixels, 1);
  expect(red).toBeCloseTo(0.2126, 6);
  expect(other).toBeCloseTo(0.2 * 0.7152 + 0.0722, 6);
  expect([...channelsOf(pixels, 2)]).toEqual([red, other, red, other]);
});

test("a kernel of one channel reads gray, one of three reads gray as a color", () => {
  const gray = { channels: 1, rows: 1, columns: 2, data: [0.25, 0.5] };
  expect([...(asChannels(gray, 3).data as Float64Array)]).toEqual([
    0.25, 0.5, 0.25, 0.5, 0.25, 0.5,
  ]);
  const color = { channels: 3, rows: 1, columns: 1, data: [1, 0.5, 0] };
  expect(asChannels(color, 1).data[0]).toBeCloseTo(0.2126 + 0.3576, 6);
  expect(asChannels(color, 3)).toBe(color);
});

test("pictures are averaged down over areas, and only down", () => {
  const picture = { channels: 1, rows: 2, columns: 3, data: [0, 3, 6, 6, 9, 12] };
  expect(reduced(picture, 3)).toBe(picture);
  // Two columns of one and a half cells each, and one row: 2/3 is rounded to 1.
  expect(reduced(picture, 2)).toEqual({
    channels: 1,
    rows: 1,
    columns: 2,
    data: Float64Array.of(4, 8),
  });
  const colors = { channels: 3, rows: 2, columns: 2, data: [1, 1, 1, 1, 2, 2, 2, 2, 0, 4, 0, 4] };
  expect([...(reduced(colors, 1).data as Float64Array)]).toEqual([1, 2, 2]);
});

test("the leaves are always the same, of all brightnesses, and within the range of pictures", () => {
  const { data, rows, columns, channels } = leaves(32);
  expect([rows, columns, channels, data.length]).toEqual([32, 32, 3, 3072]);
  expect(leaves(32).data).toEqual(data);
  const values = Array.from(data);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values)).toBeLessThanOrEqual(1);
  expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.5);
});
