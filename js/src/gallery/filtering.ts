import { correlate, type Plane, pad, plane } from "../lib/convolution";
import { statsOf } from "../lib/kernel_stats";
import { asChannels, type Picture } from "../lib/pixels";
import type { Kernel } from "./kernels";
import type { Shown } from "./store";

/** What a kernel makes of a picture, and how it is painted. */
export interface Response extends Picture {
  /** What it was made of. */
  shown: Shown;
  version: unknown;
  /** A picture again, not the answer to a pattern: no number of it is special. */
  isPicture: boolean;
  /** The numbers at the ends of the palette, and the lowest and highest that there are. */
  low: number;
  high: number;
  ends: readonly [number, number];
}

/** Beyond so many standard deviations from zero colors are full. */
const FULL = 3;
const NEARLY = 1e-6;

/** Filters one picture. */
export interface Filter {
  readonly shown: Shown;
  /** What a kernel makes of the picture: of its size, with its border repeated. */
  to(kernel: Kernel): Response;
  /** Whether a response is that of its kernel to this picture. */
  knows(of: { kernel: Kernel; response: Response | null }): boolean;
}

/** What all kernels need of the picture is made once. */
export function createFilter(shown: Shown): Filter {
  const padded = new Map<string, Plane[]>();
  const inputs = ({ size, dilation }: Kernel, channels: number): Plane[] => {
    const key = [channels, ...size, ...dilation].join();
    const known = padded.get(key);
    if (known) return known;
    const { rows, columns, data } = asChannels(shown.picture, channels);
    const padding = size.map((cells, axis) => {
      const reach = dilation[axis]! * (cells - 1);
      return [Math.floor(reach / 2), Math.ceil(reach / 2)] as const;
    });
    const planes = Array.from({ length: channels }, (_, c) =>
      pad(plane(data, [rows, columns], c * rows * columns), { padding, padding_mode: "replicate" }),
    );
    padded.set(key, planes);
    return planes;
  };
  const slide = (input: Plane, kernel: Kernel, channel: number, sum?: Float64Array) => {
    const { size, dilation, values, start } = kernel;
    const own = plane(values, size, start + channel * size[0] * size[1]);
    return correlate(input, own, { stride: [1, 1], dilation }, sum).data;
  };

  return {
    shown,
    knows: ({ kernel, response }) =>
      response?.shown === shown && response.version === kernel.version,
    to(kernel) {
      const { depth, first, version } = kernel;
      const { rows, columns } = shown.picture;
      const isPicture = keepsBrightness(kernel);
      const channels = isPicture && depth === 1 ? shown.picture.channels : 1;
      let data: Float64Array = new Float64Array(0);
      if (channels > 1) {
        // A picture of a picture in color is in color.
        const parts = inputs(kernel, channels).map((input) => slide(input, kernel, 0));
        data = new Float64Array(channels * rows * columns);
        for (const [c, part] of parts.entries()) data.set(part, c * rows * columns);
      } else {
        const planes = inputs(kernel, kernel.channels).slice(first, first + depth);
        for (const [c, input] of planes.entries()) {
          data = slide(input, kernel, c, c > 0 ? data : undefined);
        }
      }
      const { low, high, norm } = statsOf(data, 0, data.length);
      // A single bright spot must not pale all the rest.
      const spread = (FULL * norm) / Math.sqrt(data.length);
      const limit = Math.max(Math.min(spread, Math.max(high, -low)), roundingOf(kernel, shown));
      const range = isPicture ? shown : { low: -limit, high: limit };
      return {
        ...{ channels, rows, columns, data, shown, version, isPicture, ends: [low, high] },
        low: range.low,
        high: range.high,
      };
    },
  };
}

/** Numbers below this are nothing but rounding. */
function roundingOf({ values, start, depth, size }: Kernel, { low, high }: Shown): number {
  let sum = 0;
  for (let i = start; i < start + depth * size[0] * size[1]; i++) sum += Math.abs(values[i]!);
  return NEARLY * sum * Math.max(high, -low) || 1;
}

/** Whether a plain surface stays as bright as it is. */
function keepsBrightness({ values, start, depth, size }: Kernel): boolean {
  let sum = 0;
  for (let i = start; i < start + depth * size[0] * size[1]; i++) sum += values[i]!;
  return Math.abs(sum - 1) < NEARLY;
}
