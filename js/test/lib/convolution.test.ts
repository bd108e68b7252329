import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  correlate,
  coveredBy,
  highest,
  mapSize,
  pad,
  plane,
  type Sliding,
} from "../../src/lib/convolution";

interface Numbers {
  shape: number[];
  values: number[];
}
interface Case {
  name: string;
  mode: "cross-correlation" | "convolution";
  settings: {
    padding: string | number | number[];
    padding_mode: string;
    stride: number | number[];
    dilation: number | number[];
    groups: number;
  };
  input: Numbers;
  weight: Numbers;
  bias: number[] | null;
  output: Numbers;
}
const { cases } = JSON.parse(readFileSync("../tests/fixtures/convolution.json", "utf8")) as {
  cases: Case[];
};

function slidingOf({ settings, weight }: Case): Sliding {
  const kernel = weight.shape.slice(2);
  const each = (value: number | number[]): number[] =>
    kernel.map((_, i) => [value].flat()[i] ?? [value].flat()[0]!);
  const dilation = each(settings.dilation);
  const padding = kernel.map((size, axis): [number, number] => {
    const reach = dilation[axis]! * (size - 1);
    if (settings.padding === "valid") return [0, 0];
    if (settings.padding === "full") return [reach, reach];
    if (settings.padding === "same") return [Math.floor(reach / 2), Math.ceil(reach / 2)];
    const side = each(settings.padding as number | number[])[axis]!;
    return [side, side];
  });
  return { padding, padding_mode: settings.padding_mode, stride: each(settings.stride), dilation };
}

test.each(cases)("agrees with torch: $name", (problem) => {
  const sliding = slidingOf(problem);
  const [outs, ins, ...kernel] = problem.weight.shape as [number, number, ...number[]];
  const size = problem.input.shape.slice(1);
  const cells = kernel.reduce((a, b) => a * b, 1);
  const points = size.reduce((a, b) => a * b, 1);
  const perGroup = outs / problem.settings.groups;
  const result: number[] = [];
  for (let out = 0; out < outs; out++) {
    let sum: Float64Array | undefined;
    for (let i = 0; i < ins; i++) {
      const channel = Math.floor(out / perGroup) * ins + i;
      const weights = plane(problem.weight.values, kernel, (out * ins + i) * cells);
      if (problem.mode === "convolution") weights.data = Array.from(weights.data).reverse();
      const padded = pad(plane(problem.input.values, size, channel * points), sliding);
      sum = correlate(padded, weights, sliding, sum).data;
    }
    result.push(...Array.from(sum!, (value) => value + (problem.bias?.[out] ?? 0)));
  }
  // Steps of 1/8 make every sum exact in double precision, in any order.
  expect(result).toEqual(problem.output.values);
});

const still = { stride: [1, 1], dilation: [1, 1] };

test("an empty map is empty, not an error", () => {
  const small = plane([1, 2, 3, 4], [2, 2]);
  const large = plane(new Array(9).fill(1), [3, 3]);
  expect(mapSize(small, large, still)).toEqual([0, 0]);
  expect(highest(correlate(small, large, still))).toBeNull();
});

test("the highest place of a map is where its kernel fits best", () => {
  const picture = pad(plane([0, 0, 0, 0, 0, 2, 7, 0, 0, 3, 1, 0], [3, 4]), {
    padding: [
      [1, 1],
      [1, 1],
    ],
    padding_mode: "zeros",
  });
  const kernel = plane([2, 7, 3, 1], [2, 2]);
  const place = highest(correlate(picture, kernel, still))!;
  expect(place).toEqual([2, 2]);
  expect(Array.from(coveredBy(picture, kernel, still, place).data)).toEqual([2, 7, 3, 1]);
});

test("what a dilated, strided kernel covers is read with its steps", () => {
  const ramp = plane(
    Array.from({ length: 25 }, (_, i) => i),
    [5, 5],
  );
  const covered = coveredBy(
    ramp,
    { rows: 2, columns: 2 },
    { stride: [1, 2], dilation: [2, 1] },
    [1, 1],
  );
  expect(Array.from(covered.data)).toEqual([7, 8, 17, 18]);
});

test("kernels of every width are summed in full, wherever rows end", () => {
  const random = (count: number, step: number) =>
    Float64Array.from({ length: count }, (_, i) => ((i * step) % 23) - 11);
  for (let across = 1; across <= 12; across++) {
    for (let columns = 1; columns <= 14; columns++) {
      const wide = columns + across - 1;
      const input = plane(random(4 * wide, 7), [4, wide]);
      const kernel = plane(random(2 * across, 5), [2, across]);
      const expected = Array.from({ length: 3 * columns }, (_, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        return Array.from(kernel.data).reduce((sum, weight, k) => {
          const at = (row + Math.floor(k / across)) * wide + column + (k % across);
          return sum + weight * input.data[at]!;
        }, 0);
      });
      expect([...correlate(input, kernel, still).data], `${across} in ${columns}`).toEqual(
        expected,
      );
    }
  }
});
