import type { LayerInfo, Names } from "../generated/schema";
import type { Model } from "../model/model";
import { inputChannel } from "./layer";

/** What kernels are called: as Python saw them last, at most a second or so ago. */
export interface KernelNames {
  /** Why there are none, or how many, as of which step. */
  readonly text: string;
  /** The families that occur. */
  readonly families: string[];
  /** "│ edge", or "" for what has no name; without an input the name of a color kernel. */
  wordOf(out: number, input: number | null): string;
  /** Whether a hand has changed a kernel since it was named. */
  isStale(out: number, input: number | null): boolean;
  /** The word for the status line: a sentence about the selected kernel. */
  factsOf(out: number, input: number | null): string[];
}

/** The names of the kernels of a layer. */
export function namesOf(model: Model, layer: LayerInfo | null): KernelNames {
  const given = model.get("_names");
  const names: Names | null = given?.layer === layer?.name ? given! : null;
  const rowOf = new Map(names?.outs.map((out, row) => [out, row]));
  const placeOf = (out: number, input: number | null): number => {
    const row = rowOf.get(out);
    if (!names || row === undefined || names.color !== (input === null)) return -1;
    const [first, last] = names.ins;
    if (input === null) return row;
    return input < last ? row * (last - first) + input - first : -1;
  };
  const wordOf = (out: number, input: number | null): string =>
    names?.words[names.names[placeOf(out, input)]!] ?? "";
  const isStale = (out: number, input: number | null): boolean =>
    !!names?.stale.includes(placeOf(out, input));
  return {
    text: names?.text ?? "",
    families: [...new Set(names?.words.map((word) => word.split(" ").at(-1)!))].filter(Boolean),
    wordOf,
    isStale,
    factsOf(out, input) {
      const word = wordOf(out, input);
      const [selected, into] = names?.kernel ?? [];
      if (names?.sentence && out === selected && (input ?? into) === into) {
        return [names.sentence, `as of step ${names.step}`];
      }
      if (!word) return [];
      if (isStale(out, input)) return [`${word} before it was changed`];
      const deep = layer!.in_channels > 1 && !layer!.reads_image;
      return [deep ? `${word} in feature map ${inputChannel(layer!, out, input ?? 0)}` : word];
    },
  };
}
