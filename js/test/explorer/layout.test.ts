import { expect, test } from "vitest";
import { sizesFor } from "../../src/explorer/layout";

const square = (size: number) => ({ rows: size, columns: size });

test("a photograph in a narrow page takes the room that there is, beside its output", () => {
  const width = 636;
  const { input, kernel, output } = sizesFor(width, square(130), square(3), square(128), [], 1);
  const taken = 130 * input + 3 * kernel + 128 * output;
  expect(taken).toBeLessThanOrEqual(width - 2 * 60);
  expect(taken).toBeGreaterThan(0.9 * (width - 2 * 60));
});

test("cells of two pixels or more are whole pixels", () => {
  const { input } = sizesFor(1100, square(130), square(3), square(128), [], 1);
  expect(input).toBe(2);
});
