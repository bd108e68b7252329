import { expect, test } from "vitest";
import {
  axisFor,
  bucketAt,
  describeCurves,
  heightOn,
  shortStep,
  tickText,
  valuesAt,
} from "../../src/lib/curves";

const curve = (name: string, steps: number[], low: number[], high = low) => ({
  name,
  steps,
  low,
  high,
  last: low.at(-1) ?? null,
  nonfinite: 0,
});

test("a bucket is found by any step within it", () => {
  const loss = curve("loss", [0, 10, 20], [3, 2, 1]);
  expect([0, 9, 10, 19, 20, 500, -3].map((step) => bucketAt(loss, step))).toEqual([
    0, 0, 1, 1, 2, 2, 0,
  ]);
});

test("a loss stands on zero, a logarithmic axis leaves out what it cannot show", () => {
  const loss = curve("loss", [0, 1, 2], [0, 0.1, 0.05], [2, 1, 0.9]);
  expect(axisFor([loss], false, 4)).toMatchObject({ low: 0, high: 2, ticks: [0, 0.5, 1, 1.5, 2] });
  const logarithmic = axisFor([loss], true, 8)!;
  expect(logarithmic.low).toBe(0.05);
  expect(heightOn(logarithmic, 0)).toBeLessThan(0);
  expect(heightOn(logarithmic, logarithmic.high)).toBeCloseTo(1);
  expect(axisFor([curve("loss", [0], [-1])], true, 4)).toBe(null);
  expect(axisFor([], false, 4)).toBe(null);
});

test("one single value gets an axis, too", () => {
  const axis = axisFor([curve("loss", [0], [3])], false, 4)!;
  expect(axisFor([curve("accuracy", [0], [0.125])], false, 4)).toMatchObject({
    low: 0,
    high: 0.25,
  });
  expect(axisFor([curve("return", [0], [-2])], false, 4)).toMatchObject({ low: -4, high: 0 });
  expect(axis.low).toBeLessThan(3);
  expect(axis.high).toBeGreaterThan(3);
});

test("a share runs no further than from 0 to 1", () => {
  expect(axisFor([curve("test accuracy", [0, 1], [1, 1])], false, 4)).toMatchObject({
    low: 0,
    high: 1,
  });
});

test("ticks have the decimals that their neighbors need", () => {
  const fifths = { low: 0, high: 1, logarithmic: false, ticks: [0, 0.2, 0.4] };
  expect(fifths.ticks.map((tick) => tickText(fifths, tick))).toEqual(["0", "0.2", "0.4"]);
  expect([500, 20000, 1500000].map(shortStep)).toEqual(["500", "20k", "1.5M"]);
});

test("values and curves are said in words", () => {
  const loss = curve("loss", [0, 10], [2, 0.5], [3, 0.5]);
  expect(valuesAt([loss], 4)).toBe("step 4: loss 2.00 to 3.00");
  expect(valuesAt([loss], 12)).toBe("step 12: loss 0.500");
  expect(describeCurves([loss])).toBe(
    "Curves over training steps: loss from 3.00 at step 0 to 0.500.",
  );
  expect(describeCurves([])).toBe("No curve yet.");
});
