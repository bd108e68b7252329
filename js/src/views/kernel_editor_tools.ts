import * as ops from "../lib/kernel_ops";
import { createButton } from "../ui/button";
import type { Cleanup } from "../ui/dom";
import type { IconName } from "../ui/icons";
import { createMenu, type MenuItem } from "../ui/menu";
import { createNumber } from "../ui/number";
import { createSegmented } from "../ui/segmented";
import { createGroup, createRow } from "../ui/toolbar";
import { kernelPicture } from "./kernel_editor_picture";
import type { BrushSign } from "./kernel_editor_pointer";
import type { Editor, Subject } from "./kernel_editor_state";
import { createLayerSelect } from "./kernel_toolbar";
import type { Context } from "./view";

/** Which kernel is on show, which tool is in the hand, undo and redo. */
export function createHeader(
  { model }: Context,
  editor: Editor,
): { node: HTMLElement; brush(): BrushSign } {
  let brush: BrushSign = "+";
  const filter = createNumber("Filter", (out) => {
    model.set("selected", [out, editor.subject?.input ?? 0]);
  });
  const input = createNumber("Input", (value) => {
    model.set("selected", [editor.subject?.out ?? 0, value]);
  });
  const slice = createNumber("Slice", (value) => {
    const shape = editor.subject?.shape ?? [];
    editor.slice = value;
    editor.select(value * (shape.at(-1) ?? 0) * (shape.at(-2) ?? 0));
  });
  const tool = createSegmented({
    label: "Tool",
    options: [
      { value: "value", text: "Value" },
      { value: "brush", text: "Brush" },
    ],
    value: model.get("tool") ?? "value",
    onChange: (value) => model.set("tool", value),
  });
  const sign = createSegmented<BrushSign>({
    label: "Brush",
    options: [
      { value: "+", text: "+", label: "Brush raises" },
      { value: "−", text: "−", label: "Brush lowers" },
      { value: "0", text: "0", label: "Brush sets to zero" },
    ],
    value: brush,
    onChange: (value) => {
      brush = value;
    },
  });
  const undo = createButton({
    label: "Undo",
    icon: "undo",
    text: null,
    onPress: () => editor.send({ op: "undo" }),
  });
  const redo = createButton({
    label: "Redo",
    icon: "redo",
    text: null,
    onPress: () => editor.send({ op: "redo" }),
  });
  const history = createGroup("History", undo.node, redo.node);
  const pickLayer = createLayerSelect(model, "kernel-editor");
  const node = createRow(
    pickLayer.node,
    createGroup("Kernel", filter.node, input.node, slice.node),
    createRow(tool.node, sign.node),
    history,
  );

  editor.onPaint(() => {
    const { subject } = editor;
    const status = model.get("_status");
    const kind = model.get("tool") ?? "value";
    if (subject) {
      filter.set(subject.out, subject.layer.shape[0]!);
      input.set(subject.input, subject.layer.shape[1]!);
      slice.set(editor.slice, subject.shape.at(-3) ?? 1);
    }
    pickLayer.refresh();
    tool.set(kind);
    tool.node.hidden = !editor.can("edit");
    sign.node.hidden = !editor.can("edit") || kind !== "brush";
    history.hidden = !editor.can("undo");
    undo.setEnabled((status?.undo ?? 0) > 0);
    redo.setEnabled((status?.redo ?? 0) > 0);
  });
  return { node, brush: () => brush };
}

/** What is done to a whole kernel, or to its selected cell. */
export function createTools(context: Context, editor: Editor, cleanup: Cleanup): HTMLElement {
  const apply = (operation: ops.Operation): void => {
    const { subject } = editor;
    if (subject) editor.write(new Map(operation(editor.cells, subject.shape).entries()));
  };
  const act = (label: string, icon: IconName, operation: ops.Operation) =>
    createButton({ label, icon, text: null, onPress: () => apply(operation) });
  const item = (text: string, operation: ops.Operation): MenuItem => ({
    text,
    onPress: () => apply(operation),
  });

  const presets = createMenu({
    label: "Presets",
    items: () =>
      presetsOf(context, editor).map((preset) => ({
        text: preset.name,
        picture: kernelPicture(preset.values, editor.subject!.shape, 1, context),
        onPress: () => apply((cells) => ops.fitPreset(preset.values, cells, editor.limit)),
      })),
  });
  const flipX = act("Flip left–right", "flipX", ops.flipLeftRight);
  const flipY = act("Flip up–down", "flipY", ops.flipUpDown);
  const turn = act("Turn a quarter", "turn", ops.turn);
  const more = createMenu({
    label: "More",
    items: () => {
      const { subject } = editor;
      if (!subject) return [];
      const flat = subject.shape.length > 1;
      const edits = [
        item("Shift left", ops.shift(0, -1)),
        item("Shift right", ops.shift(0, 1)),
        ...(flat ? [item("Shift up", ops.shift(-1, 0)), item("Shift down", ops.shift(1, 0))] : []),
        { ...item("Negate", ops.negate), separated: true },
        item("Zero mean", ops.zeroMean),
        item("Unit norm", ops.unitNorm),
        {
          text: `Revert ${editor.isBias ? "bias" : "cell"}`,
          separated: true,
          onPress: () => editor.each("revert", [editor.cell]),
        },
        { text: "Revert kernel", onPress: () => editor.each("revert", allCells(subject)) },
      ];
      return [
        ...(editor.can("edit") ? edits : []),
        {
          text: "Copy as NumPy",
          separated: editor.can("edit"),
          onPress: () => copy(context, editor),
        },
      ];
    },
  });
  const freezeCell = createButton({
    label: "Freeze cell",
    icon: "lock",
    text: null,
    pressed: false,
    onPress() {
      const on = !editor.subject?.frozen.has(editor.cell);
      editor.each("freeze", [editor.cell], { on });
    },
  });
  const freezeKernel = createButton({
    label: "Freeze kernel",
    icon: "lockAll",
    text: null,
    pressed: false,
    onPress() {
      if (!editor.subject) return;
      editor.each("freeze", allCells(editor.subject), { on: !allFrozen(editor.subject) });
    },
  });
  const mute = createButton({
    label: "Mute filter",
    icon: "mute",
    text: null,
    pressed: false,
    onPress() {
      const { subject } = editor;
      if (!subject) return;
      editor.send({ op: "mute", layer: subject.layer.name, out: subject.out, on: !subject.muted });
    },
  });
  const shapes = createGroup("Whole kernel", flipX.node, flipY.node, turn.node);
  const keep = createGroup("Keep", freezeCell.node, freezeKernel.node, mute.node);
  const node = createRow(presets.node, shapes, more.node, keep);

  editor.onPaint(() => {
    const { subject } = editor;
    node.hidden = !subject;
    if (!subject) return;
    const [editable, flat] = [editor.can("edit"), subject.shape.length > 1];
    presets.node.hidden = !editable || presetsOf(context, editor).length === 0;
    shapes.hidden = !editable;
    flipY.node.hidden = !flat;
    turn.node.hidden = !flat || subject.shape.at(-1) !== subject.shape.at(-2);
    for (const button of [freezeCell, freezeKernel]) button.node.hidden = !editor.can("freeze");
    mute.node.hidden = !editor.can("mute");
    freezeCell.setPressed(subject.frozen.has(editor.cell));
    freezeKernel.setPressed(allFrozen(subject));
    mute.setPressed(subject.muted);
  });
  cleanup.add(() => {
    presets.destroy();
    more.destroy();
  });
  return node;
}

function presetsOf(context: Context, { subject }: Editor) {
  return (subject && context.model.get("_info")?.presets[subject.shape.join("x")]) ?? [];
}

const allCells = (subject: Subject): number[] => Array.from({ length: subject.count }, (_, i) => i);

const allFrozen = (subject: Subject): boolean =>
  allCells(subject).every((cell) => subject.frozen.has(cell));

async function copy(context: Context, editor: Editor): Promise<void> {
  if (!editor.subject) return;
  const text = ops.toNumpy(editor.cells, editor.subject.shape);
  try {
    await navigator.clipboard.writeText(text);
    context.announce("Copied as NumPy.");
  } catch {
    context.announce("The browser does not let this page copy.");
  }
}
