import type {
  Curve,
  FrameHeader,
  Guess,
  KernelsPart,
  MapsPart,
  Part,
  Quantity,
  SelectedPart,
  Show,
  Stage,
} from "../generated/schema";
import { decodeArray, type Values } from "../model/arrays";
import type { LayerFrame } from "./layer_frame";
import { canCompute, type createMaps } from "./maps";
import { createPacker } from "./packer";
import type { Tape } from "./tape";

type Span = [number, number];

/** The controls that decide what is in a frame. */
export interface Choice {
  selected: Span;
  show: Show;
  stage: Stage;
  sample: number;
}

/** What can be seen. */
export interface Shown {
  parts: ReadonlySet<Part>;
  maps: Span | null;
}

export interface Composed {
  header: FrameHeader;
  bytes: DataView;
  /** Whether nothing of it is of an earlier frame. */
  complete: boolean;
}

const SHARES = 10_000;

/** Puts one frame together as Python does from a live model: a header, and bytes. */
export function composeFrame(
  tape: Tape,
  index: number,
  seq: number,
  layer: LayerFrame | null,
  order: readonly number[],
  choice: Choice,
  shown: Shown,
  picture: Values | null,
  maps: ReturnType<typeof createMaps>,
): Composed {
  const packer = createPacker();
  const { parts } = shown;
  let complete = true;

  const kernels = (layer: LayerFrame): KernelsPart => {
    const computed = choice.show === "seen_through" || choice.show === "spectrum";
    const show: Quantity = computed ? "weight" : (choice.show as Quantity);
    const { name, shape } = layer.info;
    const stored = order.length > 0 ? layer.stored(show) : null;
    const floats = stored || order.length === 0 || show === "update" ? null : layer.floats(show);
    const biases = layer.floats("bias");
    const count = biases?.length ?? 0;
    return {
      layer: name,
      show,
      outs: order.length > 0 ? [...Array(shape[0]).keys()] : [],
      ins: [0, shape[1]!],
      values: stored
        ? { ...stored, start: packer.append(layer.levels) + stored.start }
        : floats && packer.add(floats, shape, show === "update" ? 0 : layer.error(show)),
      limit: show === "update" ? 1 : layer.ends(show)[1],
      biases: biases && packer.add(biases, [count], layer.error("bias")),
      note:
        order.length === 0
          ? "No filter is of that kind now."
          : stored || floats
            ? ""
            : `No ${show} was recorded here.`,
    };
  };

  const selected = (layer: LayerFrame): SelectedPart | null => {
    const weights = layer.floats("weight");
    if (!weights) return null;
    const [, ins, ...size] = layer.info.shape as [number, number, ...number[]];
    const [out, input] = choice.selected;
    const cells = size.reduce((product, n) => product * n, 1);
    const first = (out * ins + input) * cells;
    return {
      layer: layer.info.name,
      kernel: [out, input],
      values: packer.add(weights.slice(first, first + cells), size, layer.error("weight")),
      limit: layer.ends("weight")[1],
      bias: layer.floats("bias")?.[out] ?? null,
      frozen: [],
      bias_frozen: false,
      muted: false,
    };
  };

  const mapsOf = (layer: LayerFrame, [first, last]: Span): MapsPart => {
    const { stage, sample } = choice;
    const { info } = layer;
    const quantity = `map_${stage}` as const;
    const outs = [...Array(info.shape[0]!).keys()].slice(first, last);
    const array = layer.arrayOf(quantity, sample);
    const recorded = array && layer.floats(quantity, sample);
    const [low, high] = layer.ends(quantity);
    const part = {
      layer: info.name,
      stage,
      sample,
      outs: [first, first + outs.length] as Span,
      low,
      high,
    };
    if (recorded) {
      const [count, ...size] = array.shape as [number, ...number[]];
      const cells = recorded.length / count;
      const values = recorded.slice(first * cells, last * cells);
      const spec = packer.add(values, [outs.length, ...size], layer.error(quantity));
      return { ...part, values: spec, note: "" };
    }
    const weights = layer.floats("weight");
    const made =
      stage === "before" && weights && picture && canCompute(info)
        ? maps.of(info, picture, outs, weights, layer.floats("bias"))
        : null;
    if (made && !made.complete) complete = false;
    return {
      ...part,
      values: made && packer.add(made.data, made.shape),
      note: made
        ? ""
        : canCompute(info) && picture
          ? "Only maps before the nonlinearity are computed here."
          : `Feature maps ${stage} the nonlinearity were not recorded.`,
    };
  };

  const answers = (): Guess[][] | null => {
    const given = tape.header.answers;
    if (!given || !tape.told) return null;
    const [, samples, most] = given.labels.shape as [number, number, number];
    const labels = decodeArray(given.labels, tape.told).data;
    const shares = decodeArray(given.shares, tape.told).data;
    return Array.from({ length: samples }, (_, sample) => {
      const start = (index * samples + sample) * most;
      return [...labels.subarray(start, start + most)]
        .map((label, rank) => ({
          label: given.words[label]!,
          share: shares[start + rank]! / SHARES,
        }))
        .filter(({ label }) => label !== undefined);
    });
  };

  const curves = (): Curve[] | null => {
    const { told } = tape;
    if (!told) return null;
    const start = packer.append(new Uint8Array(told.buffer, told.byteOffset, told.byteLength));
    const move = <T extends { start: number }>(spec: T): T => ({
      ...spec,
      start: spec.start + start,
    });
    return tape.header.curves.map((curve) => ({
      ...curve,
      steps: move(curve.steps),
      low: move(curve.low),
      high: move(curve.high),
    }));
  };

  const of = <T>(part: Part, make: (layer: LayerFrame) => T): T | null =>
    layer && parts.has(part) ? make(layer) : null;
  const [out] = choice.selected;
  const header: FrameHeader = {
    seq,
    moment: seq,
    step: tape.header.steps[index]!,
    kernels: of("kernels", kernels),
    selected: of("selected", selected),
    maps: of("maps", (layer) => mapsOf(layer, shown.maps ?? [0, layer.info.shape[0]!])),
    map: of("map", (layer) => mapsOf(layer, [out, out + 1])),
    answers: parts.has("answers") ? answers() : null,
    curves: parts.has("curves") ? curves() : null,
  };
  return { header, bytes: packer.bytes(), complete };
}
