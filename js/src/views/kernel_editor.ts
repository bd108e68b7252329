import type { Part } from "../generated/schema";
import { fixed } from "../lib/format";
import { h, setText } from "../ui/dom";
import { can } from "./choices";
import { createCells } from "./kernel_editor_cells";
import { createProbeMap } from "./kernel_editor_map";
import { createPresets } from "./kernel_editor_presets";
import { createGestureSlider } from "./kernel_editor_slider";
import { createEditor, type Editor } from "./kernel_editor_state";
import { createHeader, createTools } from "./kernel_editor_tools";
import { canSeeThrough } from "./seen_through";
import type { Context, CreateView } from "./view";

/** One kernel under the hand: cells to drag, and beside them the map that it makes. */
export const createKernelEditor: CreateView = (context) => {
  const { model } = context;
  const editor = createEditor(context);
  const [header, brush] = createHeader(context, editor);
  context.onPaint(() => {
    const { layer, count } = editor.onShow;
    tools.hidden = body.hidden = !count;
    const more: Part[] = canSeeThrough(layer)
      ? ["probe"]
      : count && can(model, "maps")
        ? ["map"]
        : [];
    context.show({ parts: ["selected", ...more] });
  });
  const [presets, panel] = createPresets(context, editor);
  const tools = createTools(context, editor, presets);
  const body = h(
    "div.kw-editor-body kw-row",
    {},
    createCells(context, editor, brush),
    h(
      "div.kw-editor-side kw-stack",
      {},
      createProbeMap(context, editor),
      createCellSlider(context, editor),
    ),
    panel,
  );
  return {
    node: h("section.kw-stack", { "aria-label": "Kernel editor" }, header, tools, body),
  };
};

/** Changes the selected cell without aiming: for fingers, and hands that drag badly. */
function createCellSlider({ model, onPaint }: Context, editor: Editor): HTMLElement {
  const name = h("span.kw-quiet");
  const slider = createGestureSlider(
    editor,
    {
      label: "Selected cell",
      hideLabel: true,
      scale: { low: -1, high: 1 },
      value: 0,
      format: (value) => fixed(value!, 3),
    },
    (value) => [[editor.cell, value]],
  );
  const node = h("div.kw-stack", {}, name, slider.node);
  onPaint(() => {
    node.hidden = !can(model, "edit");
    setText(name, editor.nameOf(editor.cell));
    slider.setScale({ low: -editor.limit, high: editor.limit });
    slider.set(editor.value(editor.cell));
  });
  return node;
}
