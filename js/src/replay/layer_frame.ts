import type {
  ArraySpec,
  LayerInfo,
  Parameter,
  Quantity,
  TapeArray,
  Taped,
  TapeRange,
} from "../generated/schema";
import { niceAbove } from "../lib/ticks";
import { decodeArray } from "../model/arrays";
import { floatsOf, rangeAt, specOf } from "./levels";
import type { Overlay } from "./overlay";
import type { Tape } from "./tape";

/** One layer at one frame, with what a hand has changed of it; numbers are made when asked for. */
export type LayerFrame = NonNullable<ReturnType<typeof layerFrame>>;

/** A layer at a frame; null while its levels come. */
export function layerFrame(tape: Tape, overlay: Overlay, name: string, index: number) {
  const place = tape.header.tracks.findIndex(({ layer }) => layer === name);
  const track = tape.header.tracks[place];
  const held = track && tape.levels(place, index);
  const info = tape.header.info.layers.find((layer) => layer.name === name);
  if (!held || !info) return null;
  const levels: Uint8Array = held;
  const { arrays, ranges, stride, exact } = track;
  const { still } = tape;
  // Tapes of before they were exact lack the field.
  if (Object.keys(exact ?? {}).length > 0 && !still) return null;
  const made = new Map<string, Float32Array | null>();

  const arrayOf = (quantity: Taped, sample = 0): TapeArray | undefined =>
    arrays.find((array) => array.quantity === quantity && array.sample === sample);
  const range = (quantity: Taped): TapeRange => rangeAt(ranges[quantity], index);
  const spec = (array: TapeArray): ArraySpec => specOf(array, range(array.quantity), stride);
  const edits = (parameter: Parameter) => overlay.values(name, parameter);
  /** Numbers that are on the tape as they are. */
  const asTheyAre = (quantity: Taped): Float32Array | null => {
    const known = exact?.[quantity];
    return known && still ? (decodeArray(known, still).data as Float32Array).slice() : null;
  };
  /** The start that changes are counted from; null while it comes. */
  const start = (): Float32Array | null => {
    if (track.start) return still && (decodeArray(track.start, still).data as Float32Array);
    const known = asTheyAre("weight");
    if (known) return known;
    const first = tape.levels(place, 0);
    const weights = arrayOf("weight")!;
    return first && floatsOf(first, specOf(weights, rangeAt(ranges.weight, 0), stride));
  };
  const make = (quantity: Taped, sample: number): Float32Array | null => {
    if (quantity === "change") {
      const [from, now] = [start(), floats("weight")];
      return from && now ? now.map((value, cell) => value - from[cell]!) : null;
    }
    const array = arrayOf(quantity, sample);
    const values = asTheyAre(quantity) ?? (array ? floatsOf(levels, spec(array)) : null);
    if (quantity === "weight" || quantity === "bias") {
      for (const [cell, value] of edits(quantity)) if (values) values[cell] = value;
    }
    return values;
  };
  /** An array as numbers; null where there is none. */
  const floats = (quantity: Taped, sample = 0): Float32Array | null => {
    const key = `${quantity} ${sample}`;
    if (!made.has(key)) made.set(key, make(quantity, sample));
    const values = made.get(key)!;
    // Nothing but missing numbers: it was not there yet.
    return values?.some((value) => !Number.isNaN(value)) ? values : null;
  };

  return {
    info: info as LayerInfo,
    levels,
    floats,
    arrayOf,
    /** Where the levels lie as they are; null where numbers have to be made of them. */
    stored(quantity: Quantity): ArraySpec | null {
      const array = quantity === "change" || quantity === "update" ? undefined : arrayOf(quantity);
      if (!array || exact?.[array.quantity]) return null;
      if (quantity === "weight" && edits("weight").size > 0) return null;
      const { start, shape } = array;
      const count = shape.reduce((product, size) => product * size, 1);
      return levels.subarray(start, start + count).includes(0) ? null : spec(array);
    },
    /** Largest rounding error of a quantity's numbers. */
    error(quantity: Taped): number {
      const array = arrayOf(quantity === "change" ? "weight" : quantity);
      const own = array && !exact?.[array.quantity] ? spec(array).error : 0;
      return quantity === "change" ? own + (track.start?.error ?? own) : own;
    },
    /** The ends of the colors: as they were live, and farther where a hand has gone beyond. */
    ends(quantity: Taped): [number, number] {
      const { low, high } = range(quantity);
      if (quantity.startsWith("map") || overlay.isHeld()) return [low, high];
      const farthest = [...edits("weight").values()].reduce(
        (most, value) => Math.max(most, Math.abs(value)),
        0,
      );
      const beyond = quantity === "weight" && farthest > high ? niceAbove(farthest) : high;
      return [low < 0 ? -beyond : low, beyond];
    },
  };
}
