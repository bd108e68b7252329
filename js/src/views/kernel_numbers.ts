import type { KernelsPart, LayerInfo } from "../generated/schema";
import { number } from "../lib/format";
import { largest, type Stats, statsOf } from "../lib/kernel_stats";
import type { Values } from "../model/arrays";
import type { Frame } from "../model/frame";
import type { Model } from "../model/model";
import type { Arrangement } from "./kernel_tiles";
import { capitalized, kernelName } from "./layer";

/** What the tiles show: a layer's filters in an order, laid out in some way. */
export interface Aim {
  layer: LayerInfo;
  order: readonly number[];
  arrangement: Arrangement;
}

// A kernel whose weights all lie below this share of the color range is called dead.
const DEAD = 0.01;

export type KernelNumbers = ReturnType<typeof createKernelNumbers>;

/** The numbers behind each tile, as far as the newest frame holds them, and what they say. */
export function createKernelNumbers(model: Model) {
  let aim: Aim | null = null;
  let part: KernelsPart | null = null;
  let values: Values | null = null;
  let biases: Values | null = null;
  let rows = new Map<number, number>();

  const say = (value: number): string => number(value, values?.error);
  const numbers = {
    get part() {
      return part;
    },
    get values() {
      return values;
    },
    get biases() {
      return biases;
    },
    aim(next: Aim | null): void {
      aim = next;
      numbers.take(model.frame);
    },
    /** Reads the part of a frame that belongs to what is on show. */
    take(frame: Frame | null): void {
      const show = model.get("show") ?? "weight";
      const quantity = show === "seen_through" ? "weight" : show;
      const next = frame?.header.kernels;
      part = next && next.layer === aim?.layer.name && next.show === quantity ? next : null;
      values = part?.values ? frame!.array(part.values) : null;
      // On the scale of a gradient or a map, a bias would be a color without meaning.
      const own = part?.biases && show === "weight";
      biases = own ? frame!.array(part!.biases!) : null;
      rows = new Map(part?.outs.map((out, row) => [out, row]));
    },
    /** Where a tile's numbers start; −1 while they have not arrived. */
    startOf(index: number): number {
      if (!aim || !part || !values) return -1;
      const { position, input, slice } = aim.arrangement.placeOf(index);
      const { cells, depth } = aim.arrangement;
      const row = rows.get(aim.order[position]!);
      const [first, last] = part.ins;
      const here =
        input === null
          ? first === 0 && last === aim.layer.shape[1]
          : input >= first && input < last;
      if (row === undefined || !here) return -1;
      return (row * (last - first) + (input ?? first) - first) * cells + slice * (cells / depth);
    },
    /** How many numbers a tile shows. */
    get count(): number {
      const { cells, depth, composite } = aim!.arrangement;
      return (cells / depth) * (composite ? aim!.layer.shape[1]! : 1);
    },
    outOf: (index: number): number => aim!.order[aim!.arrangement.placeOf(index).position]!,
    inputOf: (index: number): number | null => aim!.arrangement.placeOf(index).input,
    statsOf: (start: number): Stats => statsOf(values!.data, start, numbers.count),
    biasOf(index: number): number | null {
      const row = rows.get(numbers.outOf(index));
      return biases && row !== undefined ? (biases.data[row] ?? null) : null;
    },
    /** The value at the palette's end: the layer's, or this tile's own. */
    limitOf(start: number): number {
      if (model.get("scale") !== "kernel") return part!.limit;
      return largest(values!.data, start, numbers.count) || 1;
    },
    isDead: (start: number): boolean =>
      // A single cell near zero is no dead kernel.
      numbers.count > 1 &&
      part!.show === "weight" &&
      largest(values!.data, start, numbers.count) < DEAD * part!.limit,
    /** One cell in words; "" where there is none. */
    cell(index: number, row: number, column: number): string {
      const start = numbers.startOf(index);
      if (start < 0 || !aim || !values) return "";
      const { placeOf, columns, depth, composite } = aim.arrangement;
      const { position, input, slice } = placeOf(index);
      const name = kernelName(aim.layer, aim.order[position]!, input);
      const size = numbers.count / (composite ? 3 : 1);
      const at = (channel: number): string =>
        say(values!.data[start + channel * size + row * columns + column]!);
      const place = [
        ...(depth > 1 ? [slice] : []),
        ...(aim.layer.shape.length > 3 ? [row] : []),
        column,
      ];
      const what = composite ? `red ${at(0)}, green ${at(1)}, blue ${at(2)}` : at(0);
      return `Cell (${place.join(", ")}) of ${name} = ${what}`;
    },
    /** One kernel in words. */
    sentence(index: number): string {
      if (!aim || index < 0) return "";
      const name = kernelName(aim.layer, numbers.outOf(index), numbers.inputOf(index));
      const start = numbers.startOf(index);
      if (start < 0 || !values) return capitalized(name);
      const { low, high, norm } = numbers.statsOf(start);
      const bias = numbers.biasOf(index);
      return [
        `${capitalized(name)}: ${say(low)} to ${say(high)}`,
        `norm ${say(norm)}`,
        ...(bias === null ? [] : [`bias ${number(bias, biases!.error)}`]),
        ...(numbers.isDead(start) ? ["dead: all weights below 1 % of the range"] : []),
      ].join(" · ");
    },
  };
  return numbers;
}
