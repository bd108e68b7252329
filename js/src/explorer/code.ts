import type { Layer } from "./compute";
import { perAxis, type Settings, type Slide } from "./settings";

export type Library = "PyTorch" | "NumPy / SciPy" | "Keras";

export const LIBRARIES: readonly Library[] = ["PyTorch", "NumPy / SciPy", "Keras"];

/** Larger inputs are left to the reader: a stand-in of the same shape takes their place. */
const MOST_NUMBERS = 400;
const NUMPY_MODES = { zeros: "constant", reflect: "reflect", replicate: "edge", circular: "wrap" };

/** Why a library cannot compute this; "" where it can. */
export function cannot(library: Library, layer: Layer, settings: Settings): string {
  if (library !== "Keras") return "";
  const axes = layer.size.length;
  const largest = (name: "stride" | "dilation"): number =>
    Math.max(...perAxis(name, settings[name], axes));
  return largest("stride") > 1 && largest("dilation") > 1
    ? "Keras allows no stride above 1 together with a dilation above 1"
    : "";
}

/** The same computation as a program that prints the output. */
export function codeFor(library: Library, layer: Layer, slide: Slide, settings: Settings): string {
  const write = { PyTorch: pytorch, "NumPy / SciPy": scipy, Keras: keras }[library];
  return `${write({ layer, slide, settings }).join("\n")}\n`;
}

interface Computation {
  layer: Layer;
  slide: Slide;
  settings: Settings;
}

function pytorch({ layer, slide, settings }: Computation): string[] {
  const axes = layer.size.length;
  const lines = [
    "import torch",
    "from torch.nn import functional as F",
    "",
    ...arrays(layer, settings, "torch.tensor", "torch.rand"),
  ];
  if (settings.mode === "convolution") {
    const every = layer.size.map((_, axis) => axis - axes).join(", ");
    lines.push(`kernels = kernels.flip(${every})  # true convolution turns the kernel by 180°`);
  }
  lines.push("", "x = image[None]  # a batch of one");
  if (padded(slide)) {
    const sides = [...slide.padding].reverse().flat().join(", ");
    const mode = settings.padding_mode === "zeros" ? "constant" : settings.padding_mode;
    lines.push(`x = F.pad(x, (${sides}), mode="${mode}")`);
  }
  const options = [
    ...(hasBias(settings) ? ["bias"] : []),
    ...option("stride", slide.stride),
    ...option("dilation", slide.dilation),
    ...(settings.groups > 1 ? [`groups=${settings.groups}`] : []),
  ];
  lines.push(`output = F.conv${axes}d(${["x", "kernels", ...options].join(", ")})[0]`);
  if (settings.relu) lines.push("output = F.relu(output)");
  if (settings.pool) {
    const [kind, side] = settings.pool;
    const name = `${kind === "max" ? "max" : "avg"}_pool${axes}d`;
    lines.push(`output = F.${name}(output[None], ${side})[0]`);
  }
  return [...lines, "print(output)"];
}

function scipy({ layer, slide, settings }: Computation): string[] {
  const axes = layer.size.length;
  const { outs, depth, size } = layer;
  const lines = [
    "import numpy as np",
    "from scipy import signal",
    "",
    ...arrays(layer, settings, "np.array", "np.random.rand"),
    "",
    ...numpyPad(slide, settings, "image"),
  ];
  if (slide.dilation.some((step) => step > 1)) {
    const spread = size.map((n, axis) => slide.dilation[axis]! * (n - 1) + 1);
    const steps = slide.dilation.map((step) => `::${step}`).join(", ");
    lines.push(
      `dilated = np.zeros((${[outs, depth, ...spread].join(", ")}))`,
      `dilated[..., ${steps}] = kernels`,
      "kernels = dilated",
    );
  }
  const verb = settings.mode === "convolution" ? "convolve" : "correlate";
  const slides = `signal.${verb}${axes > 1 ? "2d" : ""}(x, k, "valid")`;
  const reads = settings.groups > 1 ? `x[o // ${outs / settings.groups} * ${depth} :]` : "x";
  const channels = settings.groups > 1 ? `image${reads.slice(1)}` : "image";
  lines.push(
    "output = np.stack([",
    `    sum(${slides} for x, k in zip(${channels}, kernels[o]))`,
    `    for o in range(${outs})`,
    "])",
  );
  if (slide.stride.some((step) => step > 1)) {
    lines.push(`output = output[:, ${slide.stride.map((step) => `::${step}`).join(", ")}]`);
  }
  if (hasBias(settings)) lines.push(`output += bias.reshape(-1${", 1".repeat(axes)})`);
  if (settings.relu) lines.push("output = np.maximum(output, 0)");
  if (settings.pool) {
    const [kind, side] = settings.pool;
    const counts = slide.output.map((n) => Math.floor(n / side));
    const whole = counts.map((n) => `:${n * side}`).join(", ");
    const windows = counts.map((n) => `${n}, ${side}`).join(", ");
    const within = axes > 1 ? "(2, 4)" : "2";
    const reduce = kind === "max" ? "max" : "mean";
    lines.push(`output = output[:, ${whole}].reshape(${outs}, ${windows}).${reduce}(${within})`);
  }
  return [...lines, "print(output)"];
}

function keras({ layer, slide, settings }: Computation): string[] {
  const axes = layer.size.length;
  const lines = [
    "import keras",
    "import numpy as np",
    "",
    ...arrays(layer, settings, "np.array", "np.random.rand"),
    "",
    ...numpyPad(slide, settings, "image"),
  ];
  if (settings.mode === "convolution") {
    const every = layer.size.map((_, axis) => axis - axes).join(", ");
    lines.push(
      `kernels = np.flip(kernels, (${every},))  # true convolution turns the kernel by 180°`,
    );
  }
  const options = [
    String(layer.outs),
    `(${layer.size.join(", ")}${axes > 1 ? "" : ","})`,
    ...option("strides", slide.stride),
    ...option("dilation_rate", slide.dilation),
    ...(settings.groups > 1 ? [`groups=${settings.groups}`] : []),
    ...(hasBias(settings) ? [] : ["use_bias=False"]),
  ];
  const [toLast, toKeras, toFirst] =
    axes > 1 ? ["1, 2, 0", "2, 3, 1, 0", "2, 0, 1"] : ["1, 0", "2, 1, 0", "1, 0"];
  lines.push(
    "",
    "# Keras keeps channels last: (batch, …, channels), kernels (…, in, out).",
    `x = image.transpose(${toLast})[None]`,
    `conv = keras.layers.Conv${axes}D(${options.join(", ")}, dtype="float64")`,
    "conv.build(x.shape)",
    `conv.set_weights([kernels.transpose(${toKeras})${hasBias(settings) ? ", bias" : ""}])`,
    "y = conv(x)",
  );
  if (settings.relu) lines.push("y = keras.ops.relu(y)");
  if (settings.pool) {
    const [kind, side] = settings.pool;
    const name = `${kind === "max" ? "Max" : "Average"}Pooling${axes}D`;
    lines.push(`y = keras.layers.${name}(${side}, dtype="float64")(y)`);
  }
  lines.push(`output = keras.ops.convert_to_numpy(y)[0].transpose(${toFirst})`);
  return [...lines, "print(output)"];
}

/** Input, kernels and bias, of a layer's shapes. */
function arrays(
  layer: Layer,
  settings: Settings,
  make: "torch.tensor" | "np.array",
  random: string,
): string[] {
  const { channels, spatial, outs, depth, size, image, weight } = layer;
  const type = make === "torch.tensor" ? ", dtype=torch.float64" : ", dtype=float";
  const shape = [channels, ...spatial];
  const lines =
    image.length <= MOST_NUMBERS
      ? [`image = ${make}(${nested(image, shape, 9 + make.length)}${type})`]
      : [
          `image = ${random}(${shape.join(", ")}${make === "torch.tensor" ? ", dtype=torch.float64" : ""})` +
            "  # put your picture here: (channels, …)",
        ];
  const rows = nested(weight, [outs, depth, ...size], 11 + make.length);
  lines.push(`kernels = ${make}(${rows}${type})`);
  if (hasBias(settings)) {
    const list = typeof settings.bias === "number" ? [settings.bias] : settings.bias;
    const each = list.length === outs ? list : new Array<number>(outs).fill(list[0]!);
    lines.push(`bias = ${make}([${each.join(", ")}]${type})`);
  }
  return lines;
}

function numpyPad(slide: Slide, settings: Settings, name: string): string[] {
  if (!padded(slide)) return [];
  const sides = slide.padding.map(([before, after]) => `(${before}, ${after})`).join(", ");
  const mode = NUMPY_MODES[settings.padding_mode];
  return [`${name} = np.pad(${name}, ((0, 0), ${sides}), mode="${mode}")`];
}

function padded({ padding }: Slide): boolean {
  return padding.some(([before, after]) => before + after > 0);
}

function hasBias({ bias }: Settings): boolean {
  return typeof bias === "number" ? bias !== 0 : bias.some((value) => value !== 0);
}

function option(name: string, values: readonly number[]): string[] {
  if (values.every((value) => value === 1)) return [];
  const alike = values.every((value) => value === values[0]);
  return [`${name}=${alike ? values[0] : `(${values.join(", ")})`}`];
}

/** Numbers as nested lists, rows under each other. */
function nested(data: ArrayLike<number>, shape: readonly number[], indent: number): string {
  const write = (axis: number, start: number): string => {
    const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const items = Array.from({ length: shape[axis]! }, (_, i) =>
      axis === shape.length - 1 ? python(data[start + i]!) : write(axis + 1, start + i * step),
    );
    const between = axis === shape.length - 1 ? ", " : `,\n${" ".repeat(indent + axis + 1)}`;
    return `[${items.join(between)}]`;
  };
  return write(0, 0);
}

/** With the fewest digits that bring back the same number. */
function python(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'float("nan")' : `float("${value < 0 ? "-" : ""}inf")`;
}
