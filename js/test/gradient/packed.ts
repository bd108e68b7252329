import type { ArraySpec, GradientFrame } from "../../src/generated/schema";

interface Given {
  size: number[];
  stride?: number[];
  dilation?: number[];
  /** The shape of one sample's, and the numbers of all. */
  inputs: [number[], number[]];
  outputs: [number[], number[]];
  weight?: number[];
  rest?: number[];
  samples?: string[];
  loss?: number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** A frame as Python packs it; the shares are worked out the slow way. */
export function packed(given: Given): { header: GradientFrame; bytes: DataView } {
  const { size, inputs, outputs, rest } = given;
  const flat = size.length === 1;
  const stride = given.stride ?? size.map(() => 1);
  const dilation = given.dilation ?? size.map(() => 1);
  const count = inputs[1].length / product(inputs[0]);
  const cells = product(size);
  const shares: number[] = [];
  const both = (sizes: readonly number[]): [number, number] =>
    flat ? [1, sizes[0]!] : (sizes as [number, number]);
  const [, across] = both(inputs[0]);
  const [tall, wide] = both(outputs[0]);
  const [columns] = [both(size)[1]];
  for (let n = 0; n < count; n++) {
    for (let cell = 0; cell < cells; cell++) {
      const [m, k] = [Math.floor(cell / columns), cell % columns];
      let sum = 0;
      for (let i = 0; i < tall; i++) {
        for (let j = 0; j < wide; j++) {
          const row = flat ? 0 : i * stride[0]! + m * dilation[0]!;
          const column = j * stride.at(-1)! + k * dilation.at(-1)!;
          const x = inputs[1][n * product(inputs[0]) + row * across + column]!;
          sum += x * outputs[1][n * tall * wide + i * wide + j]!;
        }
      }
      shares.push(sum);
    }
  }
  const all: number[] = [];
  const add = (shape: number[], values: readonly number[]): ArraySpec => {
    const spec: ArraySpec = {
      dtype: "f4",
      shape,
      start: 4 * all.length,
      scale: 1,
      offset: 0,
      error: 0,
    };
    all.push(...values);
    return spec;
  };
  const weight = given.weight ?? Array.from({ length: cells }, (_, i) => i / 10);
  const header: GradientFrame = {
    step: 7,
    layer: "conv1",
    kernel: [0, 0],
    first: 18,
    missing: "",
    note: "",
    text: "the probe pictures",
    loss: given.loss ?? 0.5,
    samples: given.samples ?? Array.from({ length: count }, (_, n) => `picture ${n + 1}`),
    shown: Array.from({ length: count }, (_, n) => n),
    padding: size.map(() => [0, 0] as [number, number]),
    stride,
    dilation,
    weight: add(size, weight),
    shares: add([count, ...size], shares),
    rest: rest ? add(size, rest) : null,
    inputs: add([count, ...inputs[0]], inputs[1]),
    outputs: add([count, ...outputs[0]], outputs[1]),
  };
  return { header, bytes: new DataView(Float32Array.from(all).buffer) };
}
