import { type Field, type Pixels, paintBars, paintTile } from "../draw/tiles";
import type { LayerInfo, MapsPart } from "../generated/schema";
import { number } from "../lib/format";
import { statsOf } from "../lib/kernel_stats";
import { createPalette, parseColor } from "../lib/palette";
import { fitTiles, type Span2, zoomed, zoomsFor } from "../lib/tiling";
import type { Values } from "../model/arrays";
import { createColorBar } from "../ui/color_bar";
import { Cleanup, h, setText } from "../ui/dom";
import { createAnswers } from "./answers";
import { createBoard } from "./board";
import { createFigure } from "./figure";
import { readsColor } from "./kernel_tiles";
import { layerOf } from "./layer";
import { createMapsToolbar } from "./maps_toolbar";
import { createProbeFigures } from "./probe_figures";
import type { Context, View } from "./view";

const FIGURE_PX = 132;
const FIT_PX = 100;
const BARS_PX = 40;
const LAYOUT = ["_info", "layer", "columns", "cell_px"] as const;
const MAPS = ["_probe", "selected", "stage", "sample", "map_scale", "palette", "rgb"] as const;

/** What a layer makes of the probe picture: one map for each of its filters. */
export function createFeatureMaps(context: Context): View {
  const { model, theme } = context;
  const cleanup = new Cleanup();
  const figures = createProbeFigures(model, theme);
  const large = createFigure();
  const answers = createAnswers();
  const gray = createPalette("gray", false);
  let layer: LayerInfo | null = null;
  let part: MapsPart | null = null;
  let values: Values | null = null;
  let size: [number, number] = [0, 0];
  let slice = 0;
  let visible: Span2 | null = null;

  const selected = (): number => {
    const out = model.get("selected")?.[0] ?? -1;
    return layer && out < layer.shape[0]! ? out : -1;
  };
  /** The numbers of one map; null while they have not arrived. */
  const fieldOf = (out: number): Field | null => {
    if (!part || !values || out < part.outs[0] || out >= part.outs[1]) return null;
    const whole = values.shape.slice(1).reduce((product, n) => product * n, 1);
    const start = (out - part.outs[0]) * whole + slice * size[0] * size[1];
    return { data: values.data, start, rows: size[0], columns: size[1] };
  };
  const rangeOf = (field: Field): { low: number; high: number } => {
    if (model.get("map_scale") !== "map") return part!;
    return statsOf(field.data, field.start, field.rows * field.columns);
  };
  const paintMap = (
    pixels: Pixels,
    field: Field,
    at: readonly [number, number],
    zoom: number,
    height: number,
  ): void => {
    const { low, high } = rangeOf(field);
    if (field.rows > 1) paintTile(pixels, ...at, field, zoom, { palette: gray, low, high });
    else {
      const palette = new Uint32Array(256).fill(parseColor(board.inks.accent));
      paintBars(pixels, ...at, field, zoom, height, { palette, low, high });
    }
  };

  const board = createBoard(theme, {
    arrange({ width, height, ratio }) {
      layer = layerOf(model);
      if (!layer) {
        context.show(null);
        return null;
      }
      take();
      // Before the first frame, a guess: enough to ask for the maps that will be seen.
      const [rows, columns] = size[1] > 0 ? size : [24, 24];
      const cellPx = model.get("cell_px");
      const zooms = cellPx
        ? [Math.max(1, Math.round(cellPx * ratio))]
        : zoomsFor(
            Math.max(rows, columns),
            { smallest: 26 * ratio, largest: 112 * ratio, cell: 16 * ratio },
            true,
          );
      return fitTiles({
        count: layer.shape[0]!,
        columns: model.get("columns") ?? null,
        zooms,
        tile: (zoom) => [
          zoomed(columns, zoom),
          rows > 1 ? zoomed(rows, zoom) : Math.round(BARS_PX * ratio),
        ],
        width,
        height: model.get("columns") ? Number.POSITIVE_INFINITY : height,
        ratio,
        apart: true,
        captions: true,
        left: Math.round(4 * ratio),
        top: Math.round(4 * ratio),
        group: 0,
      });
    },
    paint(pixels, index, x, y, tiling) {
      const field = fieldOf(index);
      if (field) paintMap(pixels, field, [x, y], tiling.zoom, tiling.height);
    },
    mark(pen, index, x, y) {
      const tiling = board.tiling!;
      if (theme.dark) {
        // Black maps would run into a dark page.
        pen.strokeStyle = board.inks.line;
        pen.lineWidth = 1;
        pen.strokeRect(x - 0.5, y - 0.5, tiling.width + 1, tiling.height + 1);
      }
      if (tiling.caption === 0) return;
      pen.fillStyle = board.inks.soft;
      pen.font = `${Math.round(10 * board.ratio)}px system-ui, sans-serif`;
      pen.textAlign = "left";
      pen.fillText(String(index), x, y + tiling.height + Math.round(9 * board.ratio));
    },
    onVisible(next) {
      visible = next;
      ask();
    },
    onArranged() {
      const width = getComputedStyle(node).getPropertyValue("--kw-figure");
      large.size = Number.parseFloat(width) || FIGURE_PX;
      figures.resize(large.size, Math.floor((Math.max(large.size, FIT_PX) - 8) / 2));
      update();
    },
    onPoint(hit) {
      const tiling = board.tiling;
      const field = fieldOf(hit?.index ?? -1);
      if (!hit || !tiling || !field) context.say(sentence(selected()));
      else {
        const column = Math.floor(hit.x / tiling.zoom);
        const row = field.rows > 1 ? Math.floor(hit.y / tiling.zoom) : 0;
        const inside = row < field.rows && column < field.columns;
        context.say(inside ? cellSentence(hit.index, field, row, column) : sentence(hit.index));
      }
    },
    onSelect(index) {
      model.set("selected", [index, model.get("selected")?.[1] ?? 0]);
      context.announce(sentence(index));
    },
    selected,
  });

  function ask(): void {
    if (!layer || !visible || !board.tiling) return;
    const { columns } = board.tiling;
    const first = visible.firstRow * columns;
    const last = Math.min(layer.shape[0]!, visible.lastRow * columns);
    // The selected kernel is laid over the picture; one with colors needs its whole filter.
    const place = (model.get("_order") ?? []).indexOf(selected());
    const at = place >= 0 ? place : Math.max(0, selected());
    const color = readsColor(layer);
    context.show({
      parts: ["maps", "probe", "answers", "selected", ...(color ? ["kernels" as const] : [])],
      maps: [first, last],
      ...(color ? { kernels: [at, at + 1, 0, layer.shape[1]!] } : {}),
    });
  }
  /** Reads the maps out of the newest frame; true when their size has changed. */
  function take(): boolean {
    const next = model.frame?.header.maps ?? null;
    const stage = model.get("stage");
    const fits = next?.layer === layer?.name && next?.stage === stage;
    part = fits && next?.sample === (model.get("sample") ?? 0) ? next : null;
    values = part?.values ? model.frame!.array(part.values) : null;
    if (!values) return false;
    const spatial = values.shape.slice(1);
    const now: [number, number] = [spatial.at(-2) ?? 1, spatial.at(-1) ?? 1];
    if (spatial.length === 1) now[0] = 1;
    slice = spatial.length === 3 ? Math.floor(spatial[0]! / 2) : 0;
    const changed = String(now) !== String(size);
    size = now;
    return changed;
  }
  const cellSentence = (out: number, field: Field, row: number, column: number): string => {
    const value = number(field.data[field.start + row * field.columns + column]!, values!.error);
    const place = field.rows > 1 ? `(${row}, ${column})` : `(${column})`;
    return `Map ${out} at ${place} = ${value}`;
  };
  const sentence = (out: number): string => {
    const field = fieldOf(out);
    if (out < 0 || !field) return out < 0 ? "" : `Map ${out}`;
    const { low, high } = statsOf(field.data, field.start, field.rows * field.columns);
    return `Map ${out}: ${number(low, values!.error)} to ${number(high, values!.error)}`;
  };

  const bar = createColorBar();
  const hint = h("span");
  const fitNote = h("p", { class: "kw-fit-note" }, "Not a chosen patch; this one fits best");
  const fit = h("div", { class: "kw-fit" }, figures.spot, figures.kernel, fitNote);
  const node = h("section", { class: "kw-panel", "aria-label": "Feature maps" });
  const toolbar = createMapsToolbar(model, node, context.announce);
  node.append(
    toolbar.node,
    h("div", { class: "kw-maps" }, figures.probe, answers.node, large.node, fit, board.node),
    h("div", { class: "kw-foot" }, bar.node, hint),
  );

  const drawLarge = (): void => {
    const field = fieldOf(selected());
    large.node.hidden = !field;
    if (!field) return;
    large.draw(field.rows, field.columns, (pixels, zoom, height) => {
      paintMap(pixels, field, [0, 0], zoom, height);
    });
    large.say(`map ${selected()}`, `${sentence(selected())}, enlarged`);
  };
  const describe = (): void => {
    const own = model.get("map_scale") === "map";
    const depth = values && values.shape.length === 4 ? values.shape[1]! : 0;
    const notes = [own && "each on its own scale", depth > 0 && `slice ${slice} of ${depth}`];
    setText(hint, notes.filter(Boolean).join(" · "));
    const ends = !values || !part ? ["", ""] : own ? ["min", "max"] : [part.low, part.high];
    const [low, high] = ends.map((end) => (typeof end === "number" ? number(end, 0, 2) : end));
    bar.set(gray, low!, high!);
    board.note(layer ? (values ? "" : (part?.note ?? "")) : "No convolution layer here");
    const stage = model.get("stage") === "after" ? "after" : "before";
    const name = layer?.name ?? "no layer";
    board.describe(
      `Feature maps of ${name}, arrow keys select`,
      `${layer?.shape[0] ?? 0} feature maps of ${name}, ${stage} the nonlinearity`,
    );
  };
  function update(): void {
    if (take()) board.relayout();
    board.paint();
    drawLarge();
    if (layer) figures.draw(layer);
    fit.hidden = !figures.best;
    answers.set(model.frame?.header.answers?.[model.get("sample") ?? 0]);
    describe();
  }
  for (const name of LAYOUT) cleanup.add(model.on(name, board.relayout));
  for (const name of MAPS) cleanup.add(model.on(name, update));
  cleanup.add(
    model.on("selected", () => {
      board.reveal(selected());
      ask();
    }),
  );
  cleanup.add(theme.onChange(update));
  cleanup.add(model.onFrame(update));
  cleanup.add(toolbar.destroy);
  cleanup.add(figures.destroy);
  cleanup.add(board.destroy);
  board.relayout();
  return { node, destroy: () => cleanup.run() };
}
