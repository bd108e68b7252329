import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createFilter } from "../../src/gallery/filtering";
import type { Kernel } from "../../src/gallery/kernels";
import { reduced } from "../../src/lib/pixels";

interface Case {
  picture: { shape: number[]; values: number[] };
  kernel: { shape: number[]; values: number[] };
  dilation: [number, number];
  resolution: number;
  response: { shape: number[]; values: number[] };
}
const cases: Case[] = JSON.parse(readFileSync("../tests/fixtures/gallery.json", "utf8"));

/** (rows, columns, channels) as planes. */
function planes(shape: readonly number[], values: readonly number[]): number[] {
  const channels = shape[2] ?? 1;
  return Array.from({ length: channels }, (_, c) =>
    values.filter((_, i) => i % channels === c),
  ).flat();
}

test.each(cases.map((each, nth) => [nth, each] as const))("case %i is as in Python", (_, each) => {
  const [rows, columns, channels = 1] = each.picture.shape as [number, number, number?];
  const whole = { channels, rows, columns, data: planes(each.picture.shape, each.picture.values) };
  const picture = reduced(whole, each.resolution);
  const [depth, down, across] = each.kernel.shape as [number, number, number];
  const kernel: Kernel = {
    name: "",
    fullName: "",
    size: [down, across],
    dilation: each.dilation,
    depth,
    channels: depth,
    first: 0,
    values: each.kernel.values,
    start: 0,
    limit: 1,
    version: null,
  };
  const filter = createFilter({ picture, low: 0, high: 1, name: "", size: [rows, columns] });
  const response = filter.to(kernel);
  const { shape, values } = each.response;
  expect([response.rows, response.columns, response.channels]).toEqual([
    shape[0],
    shape[1],
    shape[2] ?? 1,
  ]);
  const expected = planes(shape, values);
  expect(response.data.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(response.data[i]).toBeCloseTo(value, 8);
  expect(filter.knows({ kernel, response })).toBe(true);
  expect(filter.knows({ kernel: { ...kernel, version: 1 }, response })).toBe(false);
});
