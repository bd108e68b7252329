import type { Picture } from "../draw/tiles";
import type { LayerInfo, MapsPart } from "../generated/schema";
import { joined, number, percent, shape } from "../lib/format";
import { largest, statsOf } from "../lib/kernel_stats";
import { createPalette, parseColor } from "../lib/palette";
import type { Values } from "../model/arrays";
import { h, setChildren } from "../ui/dom";
import { createSelect } from "../ui/select";
import { createRow } from "../ui/toolbar";
import { type BestFit, findBestFit } from "./best_fit";
import { createBoard } from "./board";
import { choiceItems, createChoice, createLayerSelect, createViewMenu } from "./choices";
import { createFigure } from "./figure";
import { whenHand } from "./hand";
import { layerOf, orderOf, paletteOf, product, readsColor } from "./layer";
import type { CreateView } from "./view";

const FIGURE_PX = 132;
const FIT_PX = 100;
const MOST_ANSWERS = 3;
/** A best fit that takes long is looked for less often: after so many times as long. */
const REST = 8;

/** What a layer makes of the probe picture: one map for each of its filters. */
export const createFeatureMaps: CreateView = (context) => {
  const { model, theme } = context;
  const gray = createPalette("gray", false);
  let layer: LayerInfo | null = null;
  let part: MapsPart | null = null;
  let values: Values | null = null;
  // Before the first frame, a guess: enough to ask for the maps that will be seen.
  let rows = 24;
  let columns = 24;
  let slices = 1;
  let bars = false;
  let area = FIGURE_PX;
  let best: BestFit | null = null;
  let free = 0;
  let late = 0;

  const outOf = (): number => model.get("selected")?.[0] ?? -1;
  const ownScale = (): boolean => model.get("map_scale") === "map";
  const sample = (): number => model.get("sample") ?? 0;
  const inkPalette = (color: string): Uint32Array => new Uint32Array(256).fill(parseColor(color));

  const board = createBoard(context, {
    onMeasured(style) {
      area = Number.parseFloat(style.getPropertyValue("--kw-figure")) || FIGURE_PX;
    },
    arrange() {
      layer = layerOf(model);
      const header = model.frame?.header.maps;
      const here = header?.layer === layer?.name && header?.stage === model.get("stage");
      part = here && header?.sample === sample() ? header : null;
      values = part?.values ? model.frame!.array(part.values) : null;
      if (values) {
        const spatial = values.shape.slice(1);
        bars = spatial.length === 1;
        [rows, columns] = [bars ? 1 : spatial.at(-2)!, spatial.at(-1)!];
        slices = spatial.at(-3) ?? 1;
      }
      return (
        layer && {
          count: layer.shape[0]!,
          wanted: model.get("columns") ?? null,
          cells: [rows, columns],
          bars,
          cellPx: model.get("cell_px") ?? null,
          limits: [26, 112, 16],
          sampled: true,
          matrix: false,
          group: 1,
        }
      );
    },
    onVisible([firstRow, lastRow], tiling) {
      const [outs, ins] = layer!.shape as [number, number];
      // The selected kernel is laid over the picture; one with colors needs its whole filter.
      const place = Math.max(0, orderOf(model, layer!.shape).indexOf(outOf()));
      const color = readsColor(layer!);
      context.show({
        parts: ["maps", "probe", "answers", "selected", ...(color ? ["kernels" as const] : [])],
        maps: [firstRow * tiling.columns, Math.min(outs, lastRow * tiling.columns)],
        ...(color ? { kernels: [place, place + 1, 0, ins] } : {}),
      });
    },
    pictureOf(index) {
      if (!values || index < part!.outs[0] || index >= part!.outs[1]) return null;
      const whole = product(values.shape.slice(1));
      const { data, error } = values;
      const start = (index - part!.outs[0]) * whole + (slices >> 1) * rows * columns;
      const { low, high } = ownScale() ? statsOf(data, start, rows * columns) : part!;
      const palette = bars ? inkPalette(board.inks().accent) : gray;
      return { data, start, rows, columns, palette, low, high, bars, error };
    },
    nameOf: (index) => `map ${index}`,
    numberOf: (index) => index,
    drawOver({ context: pen, inks, tiling }, _, x, y) {
      // Black maps would run into a dark page.
      pen.strokeStyle = inks.line;
      if (theme.dark) pen.strokeRect(x - 0.5, y - 0.5, tiling.width + 1, tiling.height + 1);
    },
    select: (index) => model.set("selected", [index, model.get("selected")?.[1] ?? 0]),
    selected: () => (layer && outOf() < layer.shape[0]! ? outOf() : -1),
    legend() {
      const ends = !values
        ? ["", ""]
        : ownScale()
          ? ["min", "max"]
          : [number(part!.low, 0, 2), number(part!.high, 0, 2)];
      const hints = [
        ownScale() && "each on its own scale",
        slices > 1 && `slice ${slices >> 1} of ${slices}`,
      ];
      const note = layer ? (values ? "" : (part?.note ?? "")) : "No convolution layer here";
      return [gray, ends[0]!, ends[1]!, joined(hints), note];
    },
    titles() {
      const name = layer?.name ?? "no layer";
      const stage = `${model.get("stage") ?? "before"} the nonlinearity`;
      return [`Feature maps of ${name}`, `Feature maps of ${name}, ${stage}`];
    },
  });

  const probeFigure = createFigure();
  const largeFigure = createFigure();
  const spotFigure = createFigure();
  const kernelFigure = createFigure();
  const answers = h("ol.kw-answers kw-stack", { "aria-label": "Answers" });
  const fit = h(
    "div.kw-fit",
    {},
    spotFigure.node,
    kernelFigure.node,
    h("p.kw-small", {}, "Not a chosen patch; this one fits best"),
  );
  const node = h("section.kw-stack", { "aria-label": "Feature maps" });
  context.onEnd(() => clearTimeout(late));
  const samples = createChoice(
    context,
    "sample",
    "Probe picture",
    () => (model.get("_info")?.samples ?? []).map((text, nth) => [nth, text]),
    createSelect,
    sample,
  );
  whenHand(context, "probe", ({ createProbeMenu }) =>
    samples.after(createProbeMenu(context, node)),
  );
  node.append(
    createRow(
      h("h3.kw-title", {}, "Feature maps"),
      createLayerSelect(context, "feature-maps"),
      createChoice(context, "stage", "Stage", () => [
        ["before", "before", "Before the nonlinearity"],
        ["after", "after", "After the nonlinearity"],
      ]),
      samples,
      createViewMenu(context, "View", () =>
        choiceItems(model, "map_scale", [
          ["shared", "One scale for all maps"],
          ["map", "A scale for each map"],
        ]),
      ),
      board.foot,
    ),
    h("div.kw-maps kw-row", {}, probeFigure.node, answers, largeFigure.node, fit, board.node),
  );

  const drawFigures = (): void => {
    const { probe } = model;
    const inks = board.inks();
    const now = performance.now();
    clearTimeout(late);
    if (now < free) late = window.setTimeout(model.repaint, free - now);
    else {
      best = layer && findBestFit(model, layer);
      free = performance.now() + REST * (performance.now() - now);
    }
    const out = outOf();
    const large = board.pictureOf(out);
    largeFigure.draw(large, area, `map ${out}`, `${board.sentence(out)}, enlarged`);
    fit.hidden = !best || !probe;
    if (!probe) {
      probeFigure.draw(null, 0);
      return;
    }
    const {
      data,
      low,
      high,
      shape: [channels, ...spatial],
    } = probe;
    const signal = spatial.length === 1;
    const colors = { palette: signal ? inkPalette(inks.soft) : gray, low, high, bars: signal };
    const picture: Picture = {
      ...colors,
      data,
      start: 0,
      rows: spatial.at(-2) ?? 1,
      columns: spatial.at(-1)!,
      rgb: channels === 3,
    };
    const name = model.get("_info")?.samples[probe.sample] ?? String(probe.sample);
    probeFigure.draw(
      picture,
      area,
      `“${name}”${channels === 1 || channels === 3 ? "" : `, channel 0 of ${channels}`}`,
      `Probe picture ${name}, ${shape(spatial)}, ${number(low)} to ${number(high)}${
        best ? `; the spot that ${best.name} answers to most is boxed` : ""
      }`,
    );
    if (!best) return;
    const { box, kernel, spot, inputs } = best;
    const rgb = inputs === 3;
    const limit = largest(kernel.data, kernel.start, inputs * kernel.rows * kernel.columns) || 1;
    const half = Math.floor((Math.max(area, FIT_PX) - 8) / 2);
    probeFigure.box(box, picture, signal ? inks.accent : "#0b5cad");
    spotFigure.draw(
      { ...colors, ...spot, rgb },
      half,
      "spot",
      `The spot that ${best.name} answers to most`,
    );
    const palette = paletteOf(context);
    kernelFigure.draw(
      { ...kernel, palette, low: -limit, high: limit, bars: signal, rgb },
      half,
      best.name,
    );
  };
  const listAnswers = (): void => {
    const guesses = model.frame?.header.answers?.[sample()]?.slice(0, MOST_ANSWERS) ?? [];
    answers.hidden = guesses.length === 0;
    setChildren(answers, guesses, ({ label, share }) =>
      h(
        "li",
        {},
        h("span.kw-cut", { title: label }, label),
        h("i", { style: `background-size: ${100 * share}% 100%` }),
        h("span.kw-quiet", {}, percent(share)),
      ),
    );
  };
  context.onPaint(() => {
    drawFigures();
    listAnswers();
  });
  return { node };
};
