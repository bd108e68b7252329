import type { Picture } from "../draw/tiles";
import type { KernelsPart, LayerInfo, Show } from "../generated/schema";
import { mapSize, type Plane, plane } from "../lib/convolution";
import { decimals, fixed, joined, number } from "../lib/format";
import { heldLimit, largest, statsOf } from "../lib/kernel_stats";
import { css, inkOn, paletteIndex } from "../lib/palette";
import { range } from "../lib/range";
import { SPECTRUM, spectrumOf } from "../lib/spectrum";
import type { Values } from "../model/arrays";
import { h, setText } from "../ui/dom";
import { createBoard } from "./board";
import { namesOf } from "./kernel_names";
import { createKernelToolbar, SHOWS } from "./kernel_toolbar";
import { kernelName, layerName, layerOf, orderOf, paletteOf, product, readsColor } from "./layer";
import { paddedProbe, seeThrough } from "./seen_through";
import type { CreateView } from "./view";

/** Maps seen through kernels get this much time per display frame. */
const COMPUTE_MS = 8;
const MOST_MAPS = 2048;
const NUMBER_FROM_PX = 30;
/** On smaller tiles without captions a shape would hide the kernel. */
const SHAPE_FROM_PX = 24;
// A kernel whose weights all lie below this share of the color range is called dead.
const DEAD = 0.01;

/** Rows and columns of a kernel, or of a slice of it. */
function sizeOf({ shape }: LayerInfo): [number, number] {
  return [shape.length < 4 ? 1 : shape.at(-2)!, shape.at(-1)!];
}

/** All kernels of a layer: filters wrapped into rows, or out × in as a matrix. */
export const createKernelGrid: CreateView = (context) => {
  const { model } = context;
  let layer: LayerInfo | null = null;
  let show: Show = "weight";
  let ownScale = false;
  let order: readonly number[] = [];
  let part: KernelsPart | null = null;
  let values: Values | null = null;
  let biases: Values | null = null;
  let rowOf = new Map<number, number>();
  let padded: Plane[] | null = null;
  let spectral = false;
  /** Whether tiles show what is computed of kernels here. */
  let computed = false;
  let names = namesOf(model, null);
  let said = "";
  let palette: Uint32Array = new Uint32Array(256);
  let outs = 0;
  let ins = 0;
  let cells = 0;
  /** Of one tile: its rows and columns, and how many numbers it shows. */
  let rows = 0;
  let columns = 0;
  let count = 0;
  /** Tiles of one filter, and of one kernel. */
  let perFilter = 1;
  let depth = 1;
  let step = 1;
  let composite = false;
  let bars = false;
  let largestNorm = 0;
  let seenLimit = 0;
  let caption = 0;
  let madeFor: unknown[] = [];
  let made = new Map<number, { map: Picture & { most: number }; of: unknown }>();

  const outOf = (index: number): number => order[Math.floor(index / perFilter)]!;
  const inputOf = (index: number): number => Math.floor((index % perFilter) / depth);
  const placeOf = (index: number): [number, number | null] => [
    outOf(index),
    composite ? null : inputOf(index),
  ];
  /** Where a tile's numbers start; −1 while they have not arrived. */
  const startOf = (index: number): number => {
    const row = rowOf.get(outOf(index));
    if (row === undefined || !part || !values) return -1;
    const [first, last] = part.ins;
    const input = composite ? first : inputOf(index);
    const here = composite ? last - first === ins : input >= first && input < last;
    return here ? (row * (last - first) + input - first) * cells + (index % depth) * count : -1;
  };
  /** Half the color range of a kernel. */
  const limitOf = (start: number): number =>
    (ownScale && largest(values!.data, start, count)) || part!.limit;
  const norm = (start: number): number => statsOf(values!.data, start, count).norm;
  const biasOf = (index: number): number | undefined => biases?.data[rowOf.get(outOf(index))!];
  const isDead = (start: number): boolean =>
    // A single cell near zero is no dead kernel.
    count > 1 && show === "weight" && largest(values!.data, start, count) < DEAD * part!.limit;

  /** The map of one tile; an older one where time is up. */
  const mapOf = (index: number, inTime = true): (Picture & { most: number }) | undefined => {
    const known = made.get(index);
    const start = startOf(index);
    if (!inTime || start < 0 || known?.of === values) return known?.map;
    const inputs = composite ? range(ins) : [inputOf(index)];
    const [high, wide] = sizeOf(layer!);
    const seen = spectral
      ? spectrumOf(values!.data, start, high, wide, inputs.length)
      : seeThrough(layer!, padded!, values!.data, start, outOf(index), inputs, step);
    const most = largest(seen.data, 0, seen.data.length);
    const map = { ...seen, start: 0, palette, low: 0, high: 0, bars, most };
    made.set(index, { map, of: values });
    return map;
  };

  const take = (): void => {
    const header = model.frame?.header.kernels;
    const quantity = show === "seen_through" || spectral ? "weight" : show;
    part = header?.layer === layer?.name && header?.show === quantity ? header! : null;
    values = part?.values ? model.frame!.array(part.values) : null;
    // On the scale of a gradient or a map, a bias would be a color without meaning.
    biases = part?.biases && show === "weight" ? model.frame!.array(part.biases) : null;
    rowOf = new Map(part?.outs.map((out, row) => [out, row]));
    names = namesOf(model, layer);
  };

  const board = createBoard(context, {
    arrange() {
      layer = layerOf(model);
      show = model.get("show") ?? "weight";
      spectral = show === "spectrum";
      ownScale = model.get("scale") === "kernel";
      take();
      if (!layer) return null;
      let size: number[];
      [outs, ins, ...size] = layer.shape as [number, number, ...number[]];
      order = orderOf(model, layer.shape);
      outs = order.length;
      if (!outs) return null;
      padded = show === "seen_through" ? paddedProbe(model, layer) : null;
      computed = !!padded || spectral;
      const flat = size.length < 2;
      const [high, wide] = padded ? mapSize(padded[0]!, plane([], size), layer) : sizeOf(layer);
      bars = flat && wide > 1;
      composite = readsColor(layer) && (model.get("rgb") ?? true);
      depth = size.length > 2 && !computed ? size[0]! : 1;
      perFilter = composite ? 1 : ins * depth;
      cells = product(size);
      count = (cells / depth) * (composite ? ins : 1);
      palette = paletteOf(context, spectral || (composite && !padded) ? "gray" : undefined);
      [rows, columns] = [high, wide];
      const matrix = perFilter > 1;
      const single = rows * columns === 1;
      const cell = single ? 22 : (model.get("numbers") ?? true) ? 36 : 26;
      return {
        count: outs * perFilter,
        wanted: matrix ? perFilter : (model.get("columns") ?? null),
        cells: spectral ? [flat ? 1 : SPECTRUM, SPECTRUM] : [rows, columns],
        bars,
        cellPx: computed ? null : (model.get("cell_px") ?? null),
        limits: [single ? 7 : matrix ? 15 : 26, 128, cell],
        sampled: !!padded,
        matrix,
        group: depth,
      };
    },
    onVisible([firstRow, lastRow, firstColumn, lastColumn], tiling, each) {
      ({ caption } = tiling);
      const inRow = perFilter > 1 ? 1 : tiling.columns;
      context.show({
        parts: show === "seen_through" ? ["kernels", "probe"] : ["kernels"],
        kernels: [
          firstRow * inRow,
          Math.min(lastRow * inRow, outs),
          ...(perFilter > 1
            ? ([Math.floor(firstColumn / depth), Math.ceil(lastColumn / depth)] as const)
            : ([0, ins] as const)),
        ],
      });
      let most = 0;
      if (computed) {
        step = Math.max(1, Math.ceil(columns / tiling.width));
        const key = [layer, model.probe, composite, step, String(order), show];
        const anew = key.some((part, nth) => part !== madeFor[nth]);
        if (anew || made.size > MOST_MAPS) made = new Map();
        if (anew) seenLimit = 0;
        madeFor = key;
        const deadline = performance.now() + COMPUTE_MS;
        each((index) => {
          const inTime = performance.now() < deadline;
          if (!inTime) model.repaint();
          most = Math.max(most, mapOf(index, inTime)?.most ?? 0);
        });
        if (most > 0) seenLimit = heldLimit(seenLimit, most);
      } else if (caption && values) {
        each((index) => {
          const start = startOf(index);
          if (start >= 0) most = Math.max(most, norm(start));
        });
        largestNorm = most;
      }
    },
    pictureOf(index) {
      const start = startOf(index);
      if (computed) {
        const map = made.get(index)?.map;
        const limit = (ownScale && map?.most) || seenLimit;
        return map ? { ...map, palette, low: spectral ? 0 : -limit, high: limit } : null;
      }
      if (start < 0) return null;
      const { data, error } = values!;
      const limit = limitOf(start);
      return {
        data,
        start,
        rows,
        columns,
        palette,
        low: -limit,
        high: limit,
        bars,
        error,
        rgb: composite,
      };
    },
    nameOf(index) {
      const slice = depth > 1 ? `, slice ${index % depth}` : "";
      return kernelName(layer!, outOf(index), composite ? null : inputOf(index)) + slice;
    },
    factsOf(index) {
      const start = startOf(index);
      const told = names.factsOf(...placeOf(index));
      // A whole sentence leaves no room for more.
      if (computed || start < 0 || told.length > 1) return told;
      const bias = biasOf(index);
      return [
        `norm ${number(norm(start), values!.error)}`,
        ...(bias === undefined ? [] : [`bias ${number(bias, biases!.error)}`]),
        ...(isDead(start) ? ["dead: all weights below 1 % of the range"] : []),
        ...told,
      ];
    },
    numberOf: outOf,
    drawOver({ context: pen, inks, tiling, px, fill, write }, index, x, y) {
      const start = startOf(index);
      if (start < 0) return;
      const { width, height } = tiling;
      const word = names.wordOf(...placeOf(index));
      if (word && (caption || width >= px(SHAPE_FROM_PX))) {
        const left = caption ? px(5) + pen.measureText(String(outOf(index))).width : 0;
        const room = width - left - (biases ? px(11) : 0);
        const text = caption && pen.measureText(word).width <= room ? word : word[0]!;
        const top = y + height + (caption ? px(11) : -px(6));
        if (!caption) fill(inks.surface, x, y + height - px(12), px(9), px(12));
        write(names.isStale(...placeOf(index)) ? inks.line : inks.soft, text, x + left, top);
      }
      if (caption) {
        // A bar as long as the norm (against the longest in sight), and the bias as a cell of its own.
        const length = computed ? 0 : Math.round((norm(start) / (largestNorm || 1)) * width);
        fill(inks.soft, x, y + height + px(3), length, px(1));
        const bias = biasOf(index);
        if (bias !== undefined) {
          const { limit } = part!;
          const color = css(palette[paletteIndex(bias, -limit, limit)]!);
          fill(color, x + width - px(8), y + height + px(7), px(8), px(8));
        }
      }
      if (computed) return;
      if (isDead(start)) {
        pen.strokeStyle = inks.soft;
        pen.beginPath();
        pen.moveTo(x, y + height);
        pen.lineTo(x + width, y);
        pen.stroke();
      }
      const zoom = width / columns;
      if (bars || composite || zoom < px(NUMBER_FROM_PX) || model.get("numbers") === false) return;
      const { data, error } = values!;
      const limit = limitOf(start);
      for (let i = 0; i < count; i++) {
        const value = data[start + i]!;
        const ink = inkOn(palette[paletteIndex(value, -limit, limit)]!);
        const left = x + ((i % columns) + 0.5) * zoom;
        const top = y + (Math.floor(i / columns) + 0.5) * zoom;
        write(ink, fixed(value, decimals(limit, error, 2)), left, top, "center");
      }
    },
    select(index) {
      const [, input] = model.get("selected") ?? [0, 0];
      model.set("selected", [outOf(index), composite ? input : inputOf(index)]);
    },
    selected() {
      const [out, input] = model.get("selected") ?? [-1, 0];
      const position = order.indexOf(out);
      return position < 0 ? -1 : position * perFilter + (composite ? 0 : input * depth);
    },
    legend() {
      const limit = computed ? seenLimit : (part?.limit ?? 0);
      const ends = ownScale
        ? [spectral ? "0" : "−max", "max"]
        : limit > 0
          ? [spectral ? "0" : number(-limit, 0, 1), number(limit, 0, 1)]
          : ["", ""];
      const hints = [
        ownScale && "each on its own scale",
        padded && "without bias",
        padded && step > 1 && `every ${step} pixels`,
        spectral && "|FFT|, zero frequency in the center",
        !computed && composite && "three inputs as one color",
        !computed && caption && `line: norm${biases ? " · square: bias" : ""}`,
        names.text,
      ];
      const note = !layer
        ? "No convolution layer here"
        : show === "seen_through" && !padded
          ? model.probe
            ? "This layer does not read the probe picture"
            : "No probe picture yet"
          : values
            ? ""
            : (part?.note ?? "");
      return [palette, ends[0]!, ends[1]!, joined(hints), note];
    },
    titles() {
      if (!layer) return ["Kernels", "No kernels"];
      return [`Kernels of ${layer.name}`, `${SHOWS[show][1]}, ${layer.name}: ${layerName(layer)}`];
    },
  });

  const words = h("span.kw-push");
  board.foot.append(words);
  context.onPaint(() => {
    setText(words, (model.get("_view") === "kernel-grid" && layer?.text) || "");
    // Whoever has selected a kernel hears what it is as soon as Python has said so.
    const given = model.get("_names");
    const kernel = String(given?.kernel);
    if (given?.sentence && kernel !== said) {
      if (said) context.announce(given.sentence);
      said = kernel;
    }
  });
  return {
    node: h(
      "section.kw-stack",
      { "aria-label": "Kernels" },
      createKernelToolbar(context),
      board.node,
      board.foot,
    ),
  };
};
