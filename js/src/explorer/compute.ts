import { correlate, coveredBy, type Plane, pad, plane } from "../lib/convolution";
import { Impossible, type Settings, type Slide, slideOf } from "./settings";

/** An array in C order. */
export interface Numbers {
  shape: readonly number[];
  data: Float64Array;
}

/** An input and kernels whose shapes fit together. */
export interface Layer {
  spatial: readonly number[];
  channels: number;
  /** Filters, and the input channels that each of them reads. */
  outs: number;
  depth: number;
  size: readonly number[];
  image: Float64Array;
  weight: Float64Array;
}

export interface Stage {
  name: string;
  plane: Plane;
}

/** Everything that one filter makes of an input; a signal is a plane of one row. */
export interface Result {
  layer: Layer;
  slide: Slide;
  out: number;
  /** The first input channel that the filter reads. */
  first: number;
  bias: number;
  pool: Settings["pool"];
  /** For each input channel: with its padding, the kernel as it lies on it, what comes of it. */
  padded: Plane[];
  kernels: Plane[];
  maps: Plane[];
  /** Position in a channel of the input that each padded cell comes from, or −1. */
  sources(): Int32Array;
  /** The sum with its bias, then ReLU and pooling where they are on. */
  stages: Stage[];
}

export interface Term {
  channel: number;
  row: number;
  column: number;
  weight: number;
  value: number;
}

/** How one number came about. */
export interface Trace {
  terms: Term[];
  channelSums: number[];
  total: number;
  value: number;
  /** Of patch and kernel: 1 is a perfect match, however bright; 0 where either is all zero. */
  cosine: number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Reads an input and kernels as a layer. Throws `Impossible` where shapes do not fit. */
export function asLayer(image: Numbers, kernel: Numbers, groups: number): Layer {
  const bare = kernel.shape.length <= 2;
  const [outs, depth, ...size] = bare ? [1, 1, ...kernel.shape] : kernel.shape;
  const [channels, ...spatial] = bare ? [1, ...image.shape] : image.shape;
  if (outs! % groups !== 0 || channels !== depth! * groups) {
    throw new Impossible(
      `${channels} input channels, ${outs} filters of ${depth} channels and ${groups} groups do not fit: ` +
        `the input needs ${depth} · groups channels, and groups must divide ${outs}`,
    );
  }
  return {
    spatial,
    channels: channels!,
    outs: outs!,
    depth: depth!,
    size,
    image: image.data,
    weight: kernel.data,
  };
}

/** A plane turned by 180°. */
export function turned({ data, rows, columns }: Plane): Plane {
  return { data: Float64Array.from(data).reverse(), rows, columns };
}

/** Applies one filter. Throws `Impossible` with the fix where the settings allow no output. */
export function compute(layer: Layer, settings: Settings, channel = 0): Result {
  const slide = slideOf(layer.spatial, layer.size, settings);
  const out = Math.min(channel, layer.outs - 1);
  const first = Math.floor(out / (layer.outs / settings.groups)) * layer.depth;
  const points = product(layer.spatial);
  const cells = product(layer.size);
  const padded: Plane[] = [];
  const kernels: Plane[] = [];
  const maps: Plane[] = [];
  for (let i = 0; i < layer.depth; i++) {
    const own = plane(layer.weight, layer.size, (out * layer.depth + i) * cells);
    kernels.push(settings.mode === "convolution" ? turned(own) : own);
    padded.push(pad(plane(layer.image, layer.spatial, (first + i) * points), slide));
    maps.push(correlate(padded[i]!, kernels[i]!, slide));
  }
  const { rows, columns } = maps[0]!;
  const bias = biasOf(settings.bias, out, layer.outs);
  const sum = new Float64Array(rows * columns).fill(bias);
  for (const map of maps) for (let i = 0; i < sum.length; i++) sum[i]! += map.data[i]!;
  let sources: Int32Array | null = null;

  const stages: Stage[] = [{ name: "Output", plane: { data: sum, rows, columns } }];
  if (settings.relu) {
    const positive = sum.map((value) => Math.max(value, 0));
    stages.push({ name: "ReLU", plane: { data: positive, rows, columns } });
  }
  if (settings.pool) {
    const [kind, side] = settings.pool;
    const window = `${side}${layer.size.length > 1 ? `×${side}` : ""}`;
    const before = stages.at(-1)!.plane;
    stages.push({
      name: `${kind === "max" ? "Max" : "Average"} of ${window}`,
      plane: pool(before, side, kind, layer.size.length),
    });
  }
  return {
    layer,
    slide,
    out,
    first,
    bias,
    pool: settings.pool,
    padded,
    kernels,
    maps,
    // Only a pointer on the input needs them.
    sources() {
      sources ??= sourcesOf(layer.spatial, slide);
      return sources;
    },
    stages,
  };
}

/** Numbering the cells and padding the numbers like the picture tells where each cell came from. */
function sourcesOf(spatial: readonly number[], slide: Slide): Int32Array {
  const numbers = Float64Array.from({ length: product(spatial) }, (_, i) => i + 1);
  return Int32Array.from(pad(plane(numbers, spatial), slide).data, (n) => n - 1);
}

/** The largest number or the mean of each window; windows do not overlap, incomplete ones are left out. */
export function pool(
  { data, rows, columns }: Plane,
  side: number,
  kind: "max" | "average",
  dimensions = 2,
): Plane {
  const tall = dimensions > 1 ? side : 1;
  const [down, across] = [Math.floor(rows / tall), Math.floor(columns / side)];
  if (down < 1 || across < 1) {
    throw new Impossible(
      `a pooling window of ${side} does not fit into an output of ${dimensions > 1 ? `${rows}×` : ""}${columns}; take a smaller one`,
    );
  }
  const result = new Float64Array(down * across);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (let row = y * tall; row < (y + 1) * tall; row++) {
        for (let column = x * side; column < (x + 1) * side; column++) {
          const value = data[row * columns + column]!;
          most = Math.max(most, value);
          sum += value;
        }
      }
      result[y * across + x] = kind === "max" ? most : sum / (tall * side);
    }
  }
  return { data: result, rows: down, columns: across };
}

/** Takes one number of the sum apart. */
export function trace(result: Result, row: number, column: number): Trace {
  const { padded, kernels, slide, bias } = result;
  const terms: Term[] = [];
  const channelSums: number[] = [];
  let [patchSquares, kernelSquares] = [0, 0];
  padded.forEach((input, channel) => {
    const kernel = kernels[channel]!;
    const patch = coveredBy(input, kernel, slide, [row, column]).data;
    let sum = 0;
    for (let i = 0; i < patch.length; i++) {
      const [weight, value] = [kernel.data[i]!, patch[i]!];
      sum += weight * value;
      patchSquares += value * value;
      kernelSquares += weight * weight;
      terms.push({
        channel,
        row: Math.floor(i / kernel.columns),
        column: i % kernel.columns,
        weight,
        value,
      });
    }
    channelSums.push(sum);
  });
  const total = channelSums.reduce((a, b) => a + b, 0);
  const lengths = Math.sqrt(patchSquares * kernelSquares);
  const cosine = lengths > 0 ? total / lengths : 0;
  return { terms, channelSums, total, value: total + bias, cosine };
}

/** The outputs, as positions in their plane, that one input cell takes part in. */
export function reached(result: Result, cell: number): number[] {
  const { padded, slide, kernels, maps } = result;
  const [height, width] = [kernels[0]!.rows, kernels[0]!.columns];
  const { rows, columns } = maps[0]!;
  const flat = slide.stride.length < 2;
  const [sy, sx] = flat ? [1, slide.stride[0]!] : slide.stride;
  const [dy, dx] = flat ? [1, slide.dilation[0]!] : slide.dilation;
  const across = padded[0]!.columns;
  const found = new Set<number>();
  const place = (at: number, step: number, count: number): number =>
    at >= 0 && at % step === 0 && at / step < count ? at / step : -1;
  result.sources().forEach((source, i) => {
    if (source !== cell) return;
    for (let y = 0; y < height; y++) {
      const row = place(Math.floor(i / across) - y * dy!, sy!, rows);
      if (row < 0) continue;
      for (let x = 0; x < width; x++) {
        const column = place((i % across) - x * dx!, sx!, columns);
        if (column >= 0) found.add(row * columns + column);
      }
    }
  });
  return [...found].sort((a, b) => a - b);
}

function biasOf(bias: Settings["bias"], out: number, outs: number): number {
  if (typeof bias === "number") return bias;
  if (bias.length !== outs) {
    throw new Impossible(`the bias has one number for each of ${outs} filters, not ${bias.length}`);
  }
  return bias[out]!;
}
