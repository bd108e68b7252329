import type { ExplorerTraits } from "../generated/schema";
import type { Sliding } from "../lib/convolution";

/** How the kernel slides and what happens to its sums. */
export type Settings = Pick<
  ExplorerTraits,
  "mode" | "padding" | "padding_mode" | "stride" | "dilation" | "groups" | "bias" | "relu" | "pool"
>;

/** Settings that are possible, with one entry for each spatial dimension. */
export interface Slide extends Sliding {
  padding: [number, number][];
  output: number[];
  /** The output-shape formula of each dimension with its numbers. */
  formulas: string[];
}

/** Why settings are impossible; the message holds the fix. */
export class Impossible extends Error {}

/** One entry for each dimension, however a setting is written. */
export function perAxis(name: string, value: number | readonly number[], axes: number): number[] {
  const list = typeof value === "number" ? new Array<number>(axes).fill(value) : [...value];
  const least = name === "padding" ? 0 : 1;
  if (list.length !== axes || list.some((n) => !Number.isInteger(n) || n < least)) {
    throw new Impossible(
      `${name} is one whole number of at least ${least}, or ${axes} of them, not ${list.join(", ")}`,
    );
  }
  return list;
}

/** Works out where the kernel goes. Throws `Impossible` where it cannot go anywhere. */
export function slideOf(
  spatial: readonly number[],
  kernel: readonly number[],
  settings: Pick<Settings, "padding" | "padding_mode" | "stride" | "dilation">,
): Slide {
  if (spatial.length !== kernel.length) {
    throw new Impossible(
      `a ${kernel.length}-D kernel slides over a ${kernel.length}-D input, this one has ${spatial.length} dimensions`,
    );
  }
  const stride = perAxis("stride", settings.stride, kernel.length);
  const dilation = perAxis("dilation", settings.dilation, kernel.length);
  const reach = kernel.map((size, axis) => dilation[axis]! * (size - 1));
  const padding = padsOf(settings.padding, reach, stride);
  const mode = settings.padding_mode;
  const output: number[] = [];
  const formulas: string[] = [];
  spatial.forEach((size, axis) => {
    const [before, after] = padding[axis]!;
    const widest = Math.max(before, after);
    const most = mode === "reflect" ? size - 1 : mode === "circular" ? size : widest;
    if (widest > most) {
      throw new Impossible(
        `${mode} padding of ${widest} needs a longer side than ${size}; pad by at most ${most}, or repeat the border (replicate)`,
      );
    }
    const extent = reach[axis]! + 1;
    const room = size + before + after;
    if (room < extent) {
      throw new Impossible(
        `a window ${extent} long does not fit into ${room} cells; use a smaller kernel or dilation, or more padding`,
      );
    }
    const length = Math.floor((room - extent) / stride[axis]!) + 1;
    const pads = before === after ? `2·${before}` : `${before} + ${after}`;
    output.push(length);
    formulas.push(
      `⌊(${size} + ${pads} − ${dilation[axis]}·(${kernel[axis]} − 1) − 1) / ${stride[axis]}⌋ + 1 = ${length}`,
    );
  });
  return { stride, dilation, padding, padding_mode: mode, output, formulas };
}

function padsOf(
  padding: Settings["padding"],
  reach: readonly number[],
  stride: readonly number[],
): [number, number][] {
  if (padding === "valid") return reach.map(() => [0, 0]);
  if (padding === "full") return reach.map((r) => [r, r]);
  if (padding !== "same") {
    return perAxis("padding", padding, reach.length).map((p) => [p, p]);
  }
  const step = Math.max(...stride);
  if (step > 1) {
    throw new Impossible(
      `“same” keeps the size, a stride of ${step} does not; give the padding in cells, such as ${Math.floor(Math.max(...reach) / 2)}`,
    );
  }
  // With an even window the odd cell is added after the input, as torch does.
  return reach.map((r) => [Math.floor(r / 2), Math.ceil(r / 2)]);
}
