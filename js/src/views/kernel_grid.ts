import type { LayerInfo, Show } from "../generated/schema";
import type { Span2 } from "../lib/tiling";
import { createColorBar } from "../ui/color_bar";
import { Cleanup, h, setText } from "../ui/dom";
import { createBoard } from "./board";
import { createKernelNumbers } from "./kernel_numbers";
import { createKernelPainter } from "./kernel_painter";
import { type Arrangement, arrangeKernels, tileKernels } from "./kernel_tiles";
import { createKernelToolbar } from "./kernel_toolbar";
import { layerName, layerOf, orderOf } from "./layer";
import type { Context, View } from "./view";

const NAMES: Record<Show, string> = {
  weight: "Weights",
  gradient: "Gradients",
  change: "Changes since the start",
  update: "The last update",
  seen_through: "The probe picture seen through the kernels",
};
const LAYOUT = [
  "_info",
  "_order",
  "_probe",
  "layer",
  "show",
  "rgb",
  "numbers",
  "columns",
  "cell_px",
] as const;

/** All kernels of a layer: filters wrapped into rows, or out × in as a matrix. */
export function createKernelGrid(context: Context): View {
  const { model, theme } = context;
  const cleanup = new Cleanup();
  const numbers = createKernelNumbers(model);
  const painter = createKernelPainter(model, theme, numbers);
  let layer: LayerInfo | null = null;
  let order: readonly number[] = [];
  let arrangement: Arrangement | null = null;
  const show = (): Show => model.get("show") ?? "weight";

  const selected = (): number => {
    const [out, input] = model.get("selected") ?? [-1, 0];
    const position = order.indexOf(out);
    return arrangement && position >= 0 ? arrangement.indexOf(position, input) : -1;
  };
  const ask = (visible: Span2): void => {
    const tiling = board.tiling;
    if (!layer || !arrangement || !tiling) return;
    const { perFilter, depth } = arrangement;
    const inRow = perFilter > 1 ? 1 : tiling.columns;
    const [first, last] = [visible.firstRow * inRow, visible.lastRow * inRow];
    const inputs: [number, number] =
      perFilter > 1
        ? [Math.floor(visible.firstColumn / depth), Math.ceil(visible.lastColumn / depth)]
        : [0, layer.shape[1]!];
    context.show({
      parts: show() === "seen_through" ? ["kernels", "probe"] : ["kernels"],
      kernels: [first, Math.min(last, layer.shape[0]!), ...inputs],
    });
  };
  const board = createBoard(theme, {
    arrange(space) {
      layer = layerOf(model);
      arrangement = null;
      numbers.aim(null);
      if (!layer) {
        context.show(null);
        return null;
      }
      order = orderOf(model, layer);
      painter.seen.aim(layer, model.probe);
      const map = show() === "seen_through" ? painter.seen.size : null;
      arrangement = arrangeKernels(layer, model.get("rgb") ?? true, map);
      numbers.aim({ layer, order, arrangement });
      painter.aim({ layer, order, arrangement }, board, map !== null);
      const settings = {
        columns: model.get("columns") ?? null,
        cellPx: map ? null : (model.get("cell_px") ?? null),
        numbers: model.get("numbers") ?? true,
      };
      return tileKernels(arrangement, space, settings, map !== null);
    },
    begin(tiling, visible) {
      painter.begin(tiling, visible);
      if (painter.seen.unfinished) board.repaint();
    },
    paint: painter.paint,
    write: painter.write,
    mark: painter.mark,
    head: painter.head,
    onVisible: ask,
    onArranged: () => describe(),
    onPoint(hit) {
      const tiling = board.tiling;
      const index = hit?.index ?? selected();
      const inside = hit && tiling && hit.y < tiling.height && show() !== "seen_through";
      const row =
        arrangement?.kind === "bars" ? 0 : Math.floor((hit?.y ?? 0) / (tiling?.zoom ?? 1));
      const cell = inside ? numbers.cell(index, row, Math.floor(hit.x / tiling.zoom)) : "";
      context.say(cell || numbers.sentence(index));
    },
    onSelect(index) {
      const [, input] = model.get("selected") ?? [0, 0];
      model.set("selected", [numbers.outOf(index), numbers.inputOf(index) ?? input]);
      context.announce(numbers.sentence(index));
    },
    selected,
  });

  const bar = createColorBar();
  const hint = h("span");
  const words = h("span", { class: "kw-push" });
  const toolbar = createKernelToolbar(model);
  const node = h(
    "section",
    { class: "kw-panel", "aria-label": "Kernels" },
    toolbar.node,
    board.node,
    h("div", { class: "kw-foot" }, bar.node, hint, words),
  );

  const note = (): string => {
    if (!layer) return "No convolution layer here";
    if (show() !== "seen_through" || painter.seen.size) {
      return numbers.values ? "" : (numbers.part?.note ?? "");
    }
    return model.probe ? "This layer does not read the probe picture" : "No probe picture yet";
  };
  const describe = (): void => {
    const { low, high, hint: text } = painter.scale();
    bar.set(painter.palette, low, high);
    setText(hint, text);
    board.note(note());
    setText(words, layer && model.get("_view") === "kernel-grid" ? layer.text : "");
    const name = layer?.name ?? "no layer";
    const range = low ? `, colors from ${low} to ${high}` : "";
    board.describe(
      `Kernels of ${name}, arrow keys select`,
      `${NAMES[show()]} of ${name}${layer ? `: ${layerName(layer)}` : ""}${range}`,
    );
  };
  const update = (): void => {
    numbers.take(model.frame);
    painter.seen.expire();
    board.paint();
    describe();
  };
  const restyle = (): void => {
    painter.restyle();
    board.repaint();
    describe();
  };
  for (const name of LAYOUT) cleanup.add(model.on(name, board.relayout));
  for (const name of ["scale", "palette"] as const) cleanup.add(model.on(name, restyle));
  cleanup.add(model.on("selected", () => board.reveal(selected())));
  cleanup.add(theme.onChange(restyle));
  cleanup.add(model.onFrame(update));
  cleanup.add(toolbar.destroy);
  cleanup.add(board.destroy);
  board.relayout();
  return { node, destroy: () => cleanup.run() };
}
