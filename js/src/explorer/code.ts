import type { Layer } from "./compute";
import { perAxis, type Settings, type Slide } from "./settings";

export type Library = "PyTorch" | "NumPy / SciPy" | "Keras";

export const LIBRARIES: readonly Library[] = ["PyTorch", "NumPy / SciPy", "Keras"];

/** Larger inputs are left to the reader: a stand-in of the same shape takes their place. */
const MOST_NUMBERS = 400;
const NUMPY_MODES = { zeros: "constant", reflect: "reflect", replicate: "edge", circular: "wrap" };

/** Why a library cannot compute this; "" where it can. */
export function cannot(library: Library, layer: Layer, settings: Settings): string {
  const largest = (name: "stride" | "dilation"): number =>
    Math.max(...perAxis(name, settings[name], layer.size.length));
  return library === "Keras" && largest("stride") > 1 && largest("dilation") > 1
    ? "Keras allows no stride above 1 together with a dilation above 1"
    : "";
}

/** The same computation as a program that prints the output. */
export function codeFor(library: Library, layer: Layer, slide: Slide, settings: Settings): string {
  const axes = layer.size.length;
  const torch = library === "PyTorch";
  const lines = [
    ...(torch
      ? ["import torch", "from torch.nn import functional as F"]
      : ["import numpy as np", library === "Keras" ? "import keras" : "from scipy import signal"]),
    "",
    ...arrays(layer, settings, torch),
  ];
  const parts = { layer, slide, settings, axes, bias: hasBias(settings) };
  if (slide.padding.some(([before, after]) => before + after > 0))
    lines.push(padding(parts, torch));
  if (settings.mode === "convolution" && library !== "NumPy / SciPy") {
    const every = layer.size.map((_, axis) => axis - axes).join(", ");
    lines.push(
      `kernels = ${torch ? `kernels.flip(${every})` : `np.flip(kernels, (${every},))`}` +
        "  # true convolution turns the kernel by 180°",
    );
  }
  const write = { PyTorch: pytorch, "NumPy / SciPy": scipy, Keras: keras }[library];
  return `${[...lines, ...write(parts), "print(output)"].join("\n")}\n`;
}

interface Parts {
  layer: Layer;
  slide: Slide;
  settings: Settings;
  axes: number;
  bias: boolean;
}

function pytorch({ slide, settings, axes, bias }: Parts): string[] {
  const options = [
    bias && "bias",
    option("stride", slide.stride),
    option("dilation", slide.dilation),
    settings.groups > 1 && `groups=${settings.groups}`,
  ].filter(Boolean);
  const lines = [
    `output = F.conv${axes}d(${["image[None]", "kernels", ...options].join(", ")})[0]`,
  ];
  if (settings.relu) lines.push("output = F.relu(output)");
  if (settings.pool) {
    const [kind, side] = settings.pool;
    const name = kind === "max" ? "max" : "avg";
    lines.push(`output = F.${name}_pool${axes}d(output[None], ${side})[0]`);
  }
  return lines;
}

function scipy({ layer, slide, settings, axes, bias }: Parts): string[] {
  const { outs, depth, size } = layer;
  const lines: string[] = [];
  const every = (steps: readonly number[]): string => steps.map((step) => `::${step}`).join(", ");
  if (slide.dilation.some((step) => step > 1)) {
    const spread = size.map((n, axis) => slide.dilation[axis]! * (n - 1) + 1);
    lines.push(
      `dilated = np.zeros((${[outs, depth, ...spread].join(", ")}))`,
      `dilated[..., ${every(slide.dilation)}] = kernels`,
      "kernels = dilated",
    );
  }
  const verb = `${settings.mode === "convolution" ? "convolve" : "correlate"}${axes > 1 ? "2d" : ""}`;
  const group = settings.groups > 1 ? `[o // ${outs / settings.groups} * ${depth} :]` : "";
  lines.push(
    "output = np.stack([",
    `    sum(signal.${verb}(x, k, "valid") for x, k in zip(image${group}, kernels[o]))`,
    `    for o in range(${outs})`,
    "])",
  );
  if (slide.stride.some((step) => step > 1))
    lines.push(`output = output[:, ${every(slide.stride)}]`);
  if (bias) lines.push(`output += bias.reshape(-1${", 1".repeat(axes)})`);
  if (settings.relu) lines.push("output = np.maximum(output, 0)");
  if (settings.pool) {
    const [kind, side] = settings.pool;
    const counts = slide.output.map((n) => Math.floor(n / side));
    const whole = counts.map((n) => `:${n * side}`).join(", ");
    const windows = counts.map((n) => `${n}, ${side}`).join(", ");
    const reduce = `${kind === "max" ? "max" : "mean"}(${axes > 1 ? "(2, 4)" : 2})`;
    lines.push(`output = output[:, ${whole}].reshape(${outs}, ${windows}).${reduce}`);
  }
  return lines;
}

function keras({ layer, slide, settings, axes, bias }: Parts): string[] {
  const options = [
    layer.outs,
    `(${layer.size.join(", ")},)`,
    option("strides", slide.stride),
    option("dilation_rate", slide.dilation),
    settings.groups > 1 && `groups=${settings.groups}`,
    !bias && "use_bias=False",
    'dtype="float64"',
  ].filter(Boolean);
  const [last, weights, first] =
    axes > 1 ? ["1, 2, 0", "2, 3, 1, 0", "2, 0, 1"] : ["1, 0", "2, 1, 0", "1, 0"];
  const lines = [
    "# Keras keeps channels last: (batch, …, channels), kernels (…, in, out).",
    `x = image.transpose(${last})[None]`,
    `conv = keras.layers.Conv${axes}D(${options.join(", ")})`,
    "conv.build(x.shape)",
    `conv.set_weights([kernels.transpose(${weights})${bias ? ", bias" : ""}])`,
    "x = conv(x)",
  ];
  if (settings.relu) lines.push("x = keras.ops.relu(x)");
  if (settings.pool) {
    const [kind, side] = settings.pool;
    const name = kind === "max" ? "Max" : "Average";
    lines.push(`x = keras.layers.${name}Pooling${axes}D(${side}, dtype="float64")(x)`);
  }
  return [...lines, `output = keras.ops.convert_to_numpy(x)[0].transpose(${first})`];
}

/** Input, kernels and bias, of a layer's shapes. */
function arrays(layer: Layer, settings: Settings, torch: boolean): string[] {
  const { channels, spatial, outs, depth, size, image, weight } = layer;
  const make = torch ? "torch.tensor" : "np.array";
  const type = torch ? ", dtype=torch.float64" : ", dtype=float";
  const shape = [channels, ...spatial];
  const random = `${torch ? "torch" : "np.random"}.rand(${shape.join(", ")}${torch ? type : ""})`;
  const write = (name: string, data: ArrayLike<number>, sizes: readonly number[]): string =>
    `${name} = ${make}(${nested(data, sizes, name.length + make.length + 4)}${type})`;
  const lines = [
    image.length <= MOST_NUMBERS
      ? write("image", image, shape)
      : `image = ${random}  # put your picture here: (channels, …)`,
    write("kernels", weight, [outs, depth, ...size]),
  ];
  const { bias } = settings;
  if (hasBias(settings)) {
    lines.push(write("bias", typeof bias === "number" ? new Array(outs).fill(bias) : bias, [outs]));
  }
  return lines;
}

function padding({ slide, settings }: Parts, torch: boolean): string {
  if (torch) {
    const mode = settings.padding_mode === "zeros" ? "constant" : settings.padding_mode;
    const sides = [...slide.padding].reverse().flat().join(", ");
    return `image = F.pad(image[None], (${sides}), mode="${mode}")[0]`;
  }
  const sides = slide.padding.map(([before, after]) => `, (${before}, ${after})`).join("");
  return `image = np.pad(image, ((0, 0)${sides}), mode="${NUMPY_MODES[settings.padding_mode]}")`;
}

function hasBias({ bias }: Settings): boolean {
  return [bias].flat().some((value) => value !== 0);
}

function option(name: string, values: readonly number[]): string {
  if (values.every((value) => value === 1)) return "";
  const alike = values.every((value) => value === values[0]);
  return `${name}=${alike ? values[0] : `(${values.join(", ")})`}`;
}

/** Numbers as nested lists, rows under each other. */
function nested(data: ArrayLike<number>, shape: readonly number[], indent: number): string {
  const write = (axis: number, start: number): string => {
    const last = axis === shape.length - 1;
    const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const items = Array.from({ length: shape[axis]! }, (_, i) =>
      last ? String(data[start + i]!) : write(axis + 1, start + i * step),
    );
    return `[${items.join(last ? ", " : `,\n${" ".repeat(indent + axis + 1)}`)}]`;
  };
  return write(0, 0);
}
