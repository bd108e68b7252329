import type { Part } from "../generated/schema";
import { toNumpy } from "../lib/numpy";
import { h } from "../ui/dom";
import type { MenuItem } from "../ui/menu";
import { createNumber } from "../ui/number";
import { createGroup, createRow } from "../ui/toolbar";
import { can, createLayerSelect, createViewMenu } from "./choices";
import { whenHand } from "./hand";
import { createCells } from "./kernel_editor_cells";
import { createProbeMap } from "./kernel_editor_map";
import { createReading, type Reading } from "./kernel_editor_state";
import { product } from "./layer";
import { canSeeThrough } from "./seen_through";
import type { Context, CreateView } from "./view";

/** One kernel under the hand: cells to drag, and beside them the map that it makes. */
export const createKernelEditor: CreateView = (context) => {
  const { model } = context;
  const reading = createReading(context);
  const header = createHeader(context, reading);
  context.onPaint(() => {
    const { layer, count } = reading.onShow;
    tools.hidden = body.hidden = !count;
    const more: Part[] = canSeeThrough(model, layer)
      ? ["probe"]
      : count && can(model, "maps")
        ? ["map"]
        : [];
    context.show({ parts: ["selected", ...more] });
  });
  const tools = createRow(createMore(context, reading));
  const ground = createCells(context, reading);
  const side = h("div.kw-editor-side kw-stack", {}, createProbeMap(context, reading));
  const body = h("div.kw-editor-body kw-row", {}, ground.grid, side);
  whenHand(context, "edit", ({ reachIn }) =>
    reachIn(context, reading, ground, { header, tools, side, body }),
  );
  return {
    node: h("section.kw-stack", { "aria-label": "Kernel editor" }, header, tools, body),
  };
};

/** Which kernel is on show. */
function createHeader(context: Context, reading: Reading): HTMLElement {
  const { model } = context;
  const select = (out: number, input: number): void => model.set("selected", [out, input]);
  const filter = createNumber("Filter", (out) => select(out, reading.onShow.input));
  const input = createNumber("Input", (input) => select(reading.onShow.out, input));
  const slice = createNumber("Slice", (slice) => {
    reading.slice = slice;
    reading.select(slice * product(reading.onShow.shape.slice(-2)));
  });
  context.onPaint(() => {
    const { onShow: subject } = reading;
    filter.set(subject.out, subject.layer.shape[0]!);
    input.set(subject.input, subject.layer.shape[1]!);
    slice.set(reading.slice, subject.shape.at(-3) ?? 1);
  });
  return createRow(
    createLayerSelect(context, "kernel-editor"),
    createGroup("Kernel", filter.node, input.node, slice.node),
  );
}

/** What is done with a kernel seldom. */
function createMore(context: Context, reading: Reading): HTMLElement {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(toNumpy(reading.kernel(), reading.onShow.shape));
      context.announce("Copied as NumPy.");
    } catch {
      context.announce("The browser does not let this page copy.");
    }
  };
  return createViewMenu(context, "More", (): MenuItem[] => [
    ...(reading.over?.items() ?? []),
    { text: "Copy as NumPy", separated: true, onPress: copy },
  ]);
}
