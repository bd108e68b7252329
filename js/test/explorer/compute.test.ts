import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { asLayer, compute, pool, reached, trace } from "../../src/explorer/compute";
import type { Settings } from "../../src/explorer/settings";

interface Numbers {
  shape: number[];
  values: number[];
}
interface Case {
  name: string;
  mode: Settings["mode"];
  settings: Pick<Settings, "padding" | "padding_mode" | "stride" | "dilation" | "groups">;
  input: Numbers;
  weight: Numbers;
  bias: number[] | null;
  output: Numbers;
}
const { cases } = JSON.parse(readFileSync("../tests/fixtures/convolution.json", "utf8")) as {
  cases: Case[];
};

const PLAIN: Settings = {
  mode: "cross-correlation",
  padding: "valid",
  padding_mode: "zeros",
  stride: 1,
  dilation: 1,
  groups: 1,
  bias: 0,
  relu: false,
  pool: null,
};
const numbers = (values: readonly number[], ...shape: number[]) => ({
  shape,
  data: Float64Array.from(values),
});
const PICTURE = numbers([9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8], 4, 4);
const KERNEL = numbers([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3);
const SIGNAL = numbers(
  [0.8416, 0.7342, 0.571, 0.1769, 0.9574, 0.2653, 0.9246, 0.2238, 0.3736, 0.0875],
  10,
);
const PEAK = numbers([-1, 1, -1], 3);
const apply = (image = PICTURE, kernel = KERNEL, settings: Partial<Settings> = {}, channel = 0) =>
  compute(
    asLayer(image, kernel, settings.groups ?? 1),
    { ...PLAIN, ...settings } as Settings,
    channel,
  );
const last = (...of: Parameters<typeof apply>) =>
  Array.from(apply(...of).stages.at(-1)!.plane.data);

test.each(cases)("agrees with torch, and every sum adds up: $name", (problem) => {
  const { mode, input, weight, bias, output } = problem;
  const settings = { ...PLAIN, ...problem.settings, mode, bias: bias ?? 0 } as Settings;
  const layer = asLayer(
    numbers(input.values, ...input.shape),
    numbers(weight.values, ...weight.shape),
    settings.groups,
  );
  const all: number[] = [];
  for (let out = 0; out < layer.outs; out++) {
    const result = compute(layer, settings, out);
    const { data, rows, columns } = result.stages[0]!.plane;
    all.push(...Array.from(data));
    for (let i = 0; i < rows * columns; i++) {
      const told = trace(result, Math.floor(i / columns), i % columns);
      const sum = told.terms.reduce((total, { weight: w, value }) => total + w * value, 0);
      expect(sum + result.bias).toBeCloseTo(data[i]!, 9);
      expect(told.value).toBeCloseTo(data[i]!, 9);
    }
    expect([...result.slide.output]).toEqual(output.shape.slice(1));
  }
  expect(all.length).toBe(output.values.length);
  const errors = all.map((value, i) => Math.abs(value - output.values[i]!));
  expect(Math.max(...errors)).toBeLessThan(1e-6);
});

test("the worked example in two dimensions", () => {
  expect(last()).toEqual([154, 157, 200, 233]);
  expect(last(PICTURE, KERNEL, { mode: "convolution" })).toEqual([266, 233, 160, 157]);
  const { terms, total } = trace(apply(), 0, 0);
  expect(terms.map(({ weight, value }) => `${weight}·${value}`).join(" + ")).toBe(
    "1·9 + 2·8 + 3·7 + 4·5 + 5·4 + 6·3 + 7·1 + 8·2 + 9·3",
  );
  expect(total).toBe(154);
});

test("the worked example in one dimension, and its peaks", () => {
  const printed = [-0.6784, -0.3401, -1.3515, 0.5152, -1.6167, 0.4355, -1.0744, 0.0623];
  const result = last(SIGNAL, PEAK);
  expect(result.map((value) => Number(value.toFixed(9)))).toEqual(printed);
  expect(last(SIGNAL, PEAK, { pool: ["max", 2] }).map((value) => Number(value.toFixed(4)))).toEqual(
    [-0.3401, 0.5152, 0.4355, 0.0623],
  );
});

test("the cosine is of the angle, not of the brightness", () => {
  const bright = numbers(
    [...PICTURE.data].map((value) => value * 7),
    4,
    4,
  );
  const same = numbers([9, 8, 7, 5, 4, 3, 1, 2, 3], 3, 3);
  expect(trace(apply(PICTURE, same), 0, 0).cosine).toBeCloseTo(1, 12);
  expect(trace(apply(bright, same), 0, 0).cosine).toBeCloseTo(1, 12);
  expect(trace(apply(PICTURE, numbers(new Array(9).fill(0), 3, 3)), 0, 0).cosine).toBe(0);
});

test("ReLU and pooling follow, and pooling leaves incomplete windows out", () => {
  const edge = numbers([-1, 1], 1, 2);
  expect(apply(PICTURE, edge, { relu: true }).stages.map((stage) => stage.name)).toEqual([
    "Output",
    "ReLU",
  ]);
  expect(last(PICTURE, edge, { relu: true })).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  const plane = { data: [1, 3, 2, 5, 4, 0], rows: 2, columns: 3 };
  expect(Array.from(pool(plane, 2, "max").data)).toEqual([5]);
  expect(Array.from(pool(plane, 2, "average").data)).toEqual([3.25]);
  expect(() => pool(plane, 3, "max")).toThrow("smaller");
});

test("an input cell reaches exactly the outputs whose sums it is in", () => {
  for (const settings of [
    {},
    { padding: "same" as const, padding_mode: "reflect" as const },
    { stride: 2, padding: 1 },
    { dilation: [1, 2], padding: "full" as const, padding_mode: "circular" as const },
  ]) {
    const plain = last(PICTURE, KERNEL, settings as Partial<Settings>);
    for (let cell = 0; cell < 16; cell++) {
      const touched = { ...PICTURE, data: PICTURE.data.slice() };
      touched.data[cell]! += 1;
      const moved = last(touched, KERNEL, settings as Partial<Settings>);
      const differs = moved.flatMap((value, i) => (value !== plain[i] ? [i] : []));
      expect(reached(apply(PICTURE, KERNEL, settings as Partial<Settings>), cell)).toEqual(differs);
    }
  }
});

test("the formula of the output shape has its numbers filled in", () => {
  const tall = numbers(new Array(12).fill(1), 3, 4);
  const image = numbers(new Array(45).fill(1), 5, 9);
  expect(apply(image, tall, { padding: "same", dilation: [1, 2] }).slide.formulas).toEqual([
    "⌊(5 + 2·1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5",
    "⌊(9 + 2·3 − 2·(4 − 1) − 1) / 1⌋ + 1 = 9",
  ]);
});

test.each([
  [{ padding: "same", stride: 2 }, "such as 1"],
  [{ stride: 0 }, "at least 1"],
  [{ padding: -1 }, "at least 0"],
  [{ stride: [1, 1, 1] }, "2 of them"],
  [{ dilation: 3 }, "does not fit"],
  [{ padding: 4, padding_mode: "reflect" }, "at most 3"],
  [{ padding: 5, padding_mode: "circular" }, "at most 4"],
  [{ groups: 2 }, "groups must divide 1"],
  [{ bias: [1, 2] }, "one number for each of 1"],
  [{ pool: ["max", 3] }, "take a smaller one"],
] as [Partial<Settings>, string][])("%j is explained", (settings, words) => {
  expect(() => apply(PICTURE, KERNEL, settings)).toThrow(words);
});
