import { fixed, number } from "../lib/format";
import type { Result } from "./compute";
import type { Settings } from "./settings";

/** A number with so many decimals, fewer where it is large, and no zeros at its end: 9, −0.5, 0.8416. */
export function brief(value: number, digits = 4): string {
  if (value === 0 || !Number.isFinite(value)) return number(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return number(value, 0, 3);
  const places = digits - Math.max(0, Math.floor(Math.log10(size)));
  const text = fixed(value, Math.max(0, places));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Negative factors stand in brackets. */
export function factor(value: number): string {
  return value < 0 ? `(${brief(value)})` : brief(value);
}

/** What the mode computes, as people write it. */
export function formulaOf(mode: Settings["mode"], axes: number, channels: number): string {
  const sign = mode === "convolution" ? "−" : "+";
  const [at, under, cell] =
    axes > 1 ? ["i, j", `i ${sign} m, j ${sign} n`, "m, n"] : ["i", `i ${sign} m`, "m"];
  const channel = channels > 1 ? "c, " : "";
  const sums = `${channels > 1 ? "Σc " : ""}${axes > 1 ? "Σm Σn" : "Σm"}`;
  return `out[${at}] = ${sums} in[${channel}${under}] · K[${channel}${cell}]`;
}

/** What turning these kernels by 180° does to the output. */
export function flipSentence(kernels: readonly ArrayLike<number>[]): string {
  let [even, odd] = [true, true];
  for (const cells of kernels) {
    for (let i = 0; i < cells.length; i++) {
      const [here, there] = [cells[i]!, cells[cells.length - 1 - i]!];
      const near = 1e-9 * (Math.abs(here) + Math.abs(there));
      even &&= Math.abs(here - there) <= near;
      odd &&= Math.abs(here + there) <= near;
    }
  }
  if (even && odd) return "";
  if (even) return "This kernel is the same when turned by 180°: both modes give one result.";
  if (odd) return "Turned by 180° this kernel changes only its sign, and so does the output.";
  return "Turned by 180° this is another kernel: the two modes differ.";
}

export const MODE_NOTES: Record<Settings["mode"], string> = {
  "cross-correlation":
    "The kernel slides as it stands: what PyTorch and Keras compute and call convolution.",
  convolution:
    "The kernel is turned by 180° first: convolution as in mathematics and signal processing.",
};

/** Where a cell is, in words that count from 1. */
export function placeText(rows: number, row: number, column: number): string {
  return rows > 1 ? `row ${row + 1}, column ${column + 1}` : `position ${column + 1}`;
}

/** One sentence for a screen reader: "Output row 1, column 2: 157". */
export function outputSentence(result: Result, row: number, column: number): string {
  const { data, rows, columns } = result.stages[0]!.plane;
  return `Output ${placeText(rows, row, column)}: ${brief(data[row * columns + column]!, 6)}`;
}

/** How the cosine reads. */
export function cosineText(cosine: number): string {
  const words =
    cosine > 0.9
      ? "nearly the kernel's own pattern"
      : cosine > 0.5
        ? "much like the kernel"
        : cosine > -0.5
          ? "little in common with the kernel"
          : cosine > -0.9
            ? "much like its negative"
            : "nearly its negative";
  return `cosine ${fixed(cosine, 2)}: ${words}`;
}
