import { expect, test } from "vitest";
import { largestOf, readFacts, termsOf, touched, unitFor } from "../../src/gradient/facts";
import { sizesFor } from "../../src/gradient/layout";
import { cellSentence, countText, nameOf, unitText } from "../../src/gradient/words";
import { packed } from "./packed";

test("products add up to what a sample gives, with stride and dilation", () => {
  const { header, bytes } = packed({
    size: [2, 2],
    stride: [2, 1],
    dilation: [1, 2],
    inputs: [[4, 5], [...Array(20).keys()]],
    outputs: [
      [2, 3],
      [1, 0, 2, 0, -1, 0],
    ],
  });
  const facts = readFacts(header, bytes)!;
  expect(touched(facts, 3)).toEqual({ row: 1, column: 2, steps: [2, 1] });
  const terms = termsOf(facts, 3, 0);
  expect(terms.map(({ value }) => value)).toEqual([7, 8, 9, 17, 18, 19]);
  const sum = terms.reduce((total, term) => total + term.value * term.gradient, 0);
  expect(sum * facts.unit).toBeCloseTo(7 + 18 - 18);
  expect(facts.gradientOf(0).data[3]! * facts.unit).toBeCloseTo(7);
});

test("a signal is one row", () => {
  const { header, bytes } = packed({
    size: [3],
    stride: [2],
    dilation: [1],
    inputs: [[7], [1, 2, 3, 4, 5, 6, 7]],
    outputs: [[3], [1, 10, 100]],
  });
  const facts = readFacts(header, bytes)!;
  expect(facts.flat).toBe(true);
  expect(termsOf(facts, 1, 0).map(({ value }) => value)).toEqual([2, 4, 6]);
  expect(facts.gradientOf("all").data[1]! * facts.unit).toBeCloseTo(642);
  expect(cellSentence(facts, 1, "all")).toBe("Gradient of position 2: 642: the sum of 3 products");
});

test("numbers are told in a unit that suits them, and that stays", () => {
  expect([50, 0.2, 0.02, 3e-5, 0, Number.NaN].map((size) => unitFor(size))).toEqual([
    1, 1, 0.001, 1e-6, 1, 1,
  ]);
  expect(unitFor(0.12, 0.001)).toBe(0.001);
  expect(unitFor(0.3, 0.001)).toBe(1);
  expect(unitFor(0, 0.001)).toBe(0.001);
  expect(unitText(1)).toBe("");
  expect(unitText(1e-12)).toBe("\u00a0·\u00a010⁻¹²");
});

test("a frame without a gradient holds no facts", () => {
  const { header, bytes } = packed({ size: [1], inputs: [[1], [1]], outputs: [[1], [1]] });
  expect(readFacts({ ...header, shares: null }, bytes)).toBeNull();
});

test("what other uses add counts for all samples, and for no single one", () => {
  const { header, bytes } = packed({
    size: [1],
    inputs: [[2], [1, 2, 3, 4]],
    outputs: [[2], [1, 1, 1, 1]],
    rest: [5],
    samples: ["7", "picture 2"],
  });
  const facts = readFacts(header, bytes)!;
  expect(facts.gradientOf("all").data[0]).toBe(15);
  expect(facts.gradientOf(1).data[0]).toBe(7);
  expect(facts.of(1).inputs.map(({ data }) => [...(data as Float32Array)])).toEqual([[3, 4]]);
  expect(facts.of("all").shown).toEqual([0, 1]);
  expect(countText(facts, "all")).toBe("2 × 2 products");
  expect([nameOf(facts, 0), nameOf(facts, 1)]).toEqual(["sample 1 (7)", "sample 2"]);
});

test("the largest are kept in their own order", () => {
  const size = (n: number): number => n;
  expect(largestOf([1, -5, 2, 4], size, 2)).toEqual({ kept: [-5, 4], left: 2 });
  expect(largestOf([1, 2], size, 2)).toEqual({ kept: [1, 2], left: 0 });
});

test("pictures fit side by side where there is room, else below each other", () => {
  const [input, kernel] = [
    { rows: 28, columns: 28 },
    { rows: 3, columns: 3 },
  ];
  for (const width of [560, 760, 1100, 1600]) {
    for (const count of [1, 16, 64]) {
      const { cell, across } = sizesFor(width, false, count, input, kernel);
      expect(across * (28 * cell + 8)).toBeLessThanOrEqual(width + 8);
      expect(cell).toBeGreaterThan(0);
    }
  }
  const digit = { rows: 10, columns: 10 };
  const [desk, wide] = [1200, 1600].map((width) => {
    const {
      cell,
      across,
      kernel: own,
    } = sizesFor(width, false, 16, digit, { rows: 3, columns: 3 });
    // Two galleries, two signs and the kernel, side by side.
    expect(2 * across * (10 * cell + 8) + 3 * own + 116).toBeLessThanOrEqual(width);
    return cell;
  });
  expect(desk).toBeGreaterThanOrEqual(9);
  expect(wide).toBeGreaterThan(desk!);
  expect(sizesFor(1100, true, 1, { rows: 1, columns: 32 }, kernel).bars).toBeGreaterThan(0);
});
