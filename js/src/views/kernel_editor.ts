import type { Part } from "../generated/schema";
import { fixed } from "../lib/format";
import { Cleanup, h } from "../ui/dom";
import { createSlider } from "../ui/slider";
import { createCells } from "./kernel_editor_cells";
import type { Gesture } from "./kernel_editor_gesture";
import { createProbeMap, readsPicture } from "./kernel_editor_map";
import { Editor } from "./kernel_editor_state";
import { createHeader, createTools } from "./kernel_editor_tools";
import type { CreateView } from "./view";

/** One kernel under the hand: cells to drag, and beside them the map that it makes. */
export const createKernelEditor: CreateView = (context) => {
  const { model } = context;
  const cleanup = new Cleanup();
  const editor = new Editor(context);
  const header = createHeader(context, editor);
  const cells = createCells(context, editor, header.brush, cleanup);
  const slider = createCellSlider(editor, cleanup);
  const map = createProbeMap(context, editor, cleanup);
  const node = h(
    "section",
    { class: "kw-editor", "aria-label": "Kernel editor" },
    header.node,
    createTools(context, editor, cleanup),
    h(
      "div",
      { class: "kw-editor-body" },
      cells,
      h("div", { class: "kw-editor-side" }, map, slider),
    ),
  );

  let shown = "";
  const show = (): void => {
    const parts: Part[] = ["selected"];
    const { subject } = editor;
    const maps = model.get("_info")?.verbs.includes("maps");
    if (subject && readsPicture(subject)) parts.push("probe");
    else if (subject && maps) parts.push("map");
    if (shown === parts.join()) return;
    shown = parts.join();
    context.show({ parts });
  };
  show();
  editor.onPaint(show);
  return {
    node,
    destroy() {
      cleanup.run();
      editor.destroy();
    },
  };
};

/** Changes the selected cell without aiming: for fingers, and hands that drag badly. */
function createCellSlider(editor: Editor, cleanup: Cleanup): HTMLElement {
  let gesture: Gesture | null = null;
  const name = h("span", { class: "kw-quiet" });
  const slider = createSlider({
    label: "Selected cell",
    hideLabel: true,
    scale: { low: -1, high: 1 },
    value: 0,
    format: (value) => fixed(value ?? 0, 3),
    onInput(value) {
      gesture ??= editor.begin();
      if (gesture) editor.set(gesture, editor.cell, value ?? 0);
    },
    onChange() {
      editor.end(gesture);
      gesture = null;
    },
  });
  const node = h("div", { class: "kw-cell-slider" }, name, slider.node);
  editor.onPaint(() => {
    node.hidden = !editor.subject || !editor.can("edit");
    if (node.hidden) return;
    name.textContent = editor.nameOf(editor.cell);
    slider.setScale({ low: -editor.limit, high: editor.limit });
    slider.set(editor.value(editor.cell));
  });
  cleanup.add(() => editor.end(gesture));
  return node;
}
