/** A picture: planes of one shape that follow each other, one (gray) or three (red, green, blue). */
export interface Picture {
  channels: number;
  rows: number;
  columns: number;
  data: ArrayLike<number>;
}

/** What a canvas gives out: red, green, blue and opacity of 0 to 255, pixel by pixel. */
export type Rgba = Pick<ImageData, "data" | "width" | "height">;

/** Shares of red, green and blue in gray (ITU-R BT.709). */
const LUMINANCE = [0.2126, 0.7152, 0.0722] as const;

/** Pixels of a canvas as channels of 0 to 1: red, green and blue for three, else gray in each. */
export function channelsOf({ data, width, height }: Rgba, channels: number): Float64Array {
  const count = width * height;
  const result = new Float64Array(channels * count);
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = [data[4 * i]! / 255, data[4 * i + 1]! / 255, data[4 * i + 2]! / 255];
    const gray = grayOf(red, green, blue);
    for (let c = 0; c < channels; c++) {
      result[c * count + i] = channels === 3 ? [red, green, blue][c]! : gray;
    }
  }
  return result;
}

/** The same picture for a kernel that reads so many channels: gray of colors, gray as a color. */
export function asChannels(picture: Picture, channels: number): Picture {
  const { rows, columns, data } = picture;
  if (picture.channels === channels) return picture;
  const count = rows * columns;
  const result = new Float64Array(channels * count);
  for (let i = 0; i < count; i++) {
    result[i] =
      picture.channels === 3 ? grayOf(data[i]!, data[count + i]!, data[2 * count + i]!) : data[i]!;
  }
  for (let c = 1; c < channels; c++) result.copyWithin(c * count, 0, count);
  return { channels, rows, columns, data: result };
}

/**
 * Averages a picture down until its longer side has `longest` pixels: each is the mean over the area
 * that it covers. A smaller picture stays as it is.
 */
export function reduced(picture: Picture, longest: number): Picture {
  const { channels, rows, columns } = picture;
  const share = longest / Math.max(rows, columns);
  if (share >= 1) return picture;
  const fewer = (size: number): number => Math.max(1, Math.floor(size * share + 0.5));
  const [down, across] = [fewer(rows), fewer(columns)];
  // Along the rows, then along the columns: lines of numbers that are `step` apart.
  const narrow = shrunk(picture.data, channels * rows, columns, across, 1);
  const data = shrunk(narrow, channels, rows, down, across);
  return { channels, rows: down, columns: across, data };
}

/** Averages the middle axis of (outer, size, step) numbers down to `fewer`. */
function shrunk(
  data: ArrayLike<number>,
  outer: number,
  size: number,
  fewer: number,
  step: number,
): Float64Array {
  const result = new Float64Array(outer * fewer * step);
  for (let i = 0; i < fewer; i++) {
    const [from, to] = [(i * size) / fewer, ((i + 1) * size) / fewer];
    for (let j = Math.floor(from); j < Math.min(size, Math.ceil(to)); j++) {
      const weight = ((Math.min(to, j + 1) - Math.max(from, j)) * fewer) / size;
      for (let o = 0; o < outer; o++) {
        const [at, source] = [(o * fewer + i) * step, (o * size + j) * step];
        for (let k = 0; k < step; k++) result[at + k]! += weight * data[source + k]!;
      }
    }
  }
  return result;
}

function grayOf(red: number, green: number, blue: number): number {
  return LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue;
}
