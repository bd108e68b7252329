import { drawMap } from "../draw/map";
import { createSurface } from "../draw/surface";
import {
  fitPreset,
  flipLeftRight,
  flipUpDown,
  negate,
  type Operation,
  shift,
  toNumpy,
  turn,
  unitNorm,
  zeroMean,
} from "../lib/kernel_ops";
import { createPalette } from "../lib/palette";
import { type Button, createButton } from "../ui/button";
import { h } from "../ui/dom";
import type { IconName } from "../ui/icons";
import { createMenu, type MenuItem } from "../ui/menu";
import { createNumber } from "../ui/number";
import { createSegmented } from "../ui/segmented";
import { createGroup, createRow } from "../ui/toolbar";
import { can, createChoice, createLayerSelect } from "./choices";
import type { BrushSign } from "./kernel_editor_pointer";
import type { Editor, Subject } from "./kernel_editor_state";
import { product } from "./layer";
import type { Context } from "./view";

const PICTURE_PX = 22;

const iconButton = (
  label: string,
  icon: IconName,
  onPress: () => void,
  pressed?: boolean,
): Button => createButton({ label, icon, text: null, onPress, pressed });

/** Which kernel is on show, which tool is in the hand, undo and redo. */
export function createHeader(context: Context, editor: Editor): [HTMLElement, () => BrushSign] {
  const { model } = context;
  let brush: BrushSign = "+";
  const select = (out: number, input: number): void => model.set("selected", [out, input]);
  const filter = createNumber("Filter", (out) => select(out, editor.subject?.input ?? 0));
  const input = createNumber("Input", (input) => select(editor.subject?.out ?? 0, input));
  const slice = createNumber("Slice", (slice) => {
    editor.slice = slice;
    editor.select(slice * product(editor.subject?.shape.slice(-2) ?? []));
  });
  const sign = createSegmented<BrushSign>({
    label: "Brush",
    options: [
      { value: "+", text: "+", label: "Brush raises" },
      { value: "−", text: "−", label: "Brush lowers" },
      { value: "0", text: "0", label: "Brush sets to zero" },
    ],
    value: brush,
    onChange(value) {
      brush = value;
    },
  });
  const undo = iconButton("Undo", "undo", () => editor.send({ op: "undo" }));
  const redo = iconButton("Redo", "redo", () => editor.send({ op: "redo" }));
  const history = createGroup("History", undo.node, redo.node);
  context.onPaint(() => {
    const { subject } = editor;
    const status = model.get("_status");
    if (subject) {
      filter.set(subject.out, subject.layer.shape[0]!);
      input.set(subject.input, subject.layer.shape[1]!);
      slice.set(editor.slice, subject.shape.at(-3) ?? 1);
    }
    sign.node.hidden = !can(model, "edit") || model.get("tool") !== "brush";
    history.hidden = !can(model, "undo");
    undo.setEnabled(!!status?.undo);
    redo.setEnabled(!!status?.redo);
  });
  const node = createRow(
    createLayerSelect(context, "kernel-editor"),
    createGroup("Kernel", filter.node, input.node, slice.node),
    createRow(
      createChoice(context, "tool", "Tool", () =>
        can(model, "edit")
          ? [
              ["value", "Value"],
              ["brush", "Brush"],
            ]
          : [],
      ),
      sign.node,
    ),
    history,
  );
  return [node, () => brush];
}

/** What is done to a whole kernel, or to its selected cell. */
export function createTools(context: Context, editor: Editor): HTMLElement {
  const { model, theme, announce } = context;
  const apply = (operation: Operation): void => {
    const { subject } = editor;
    if (subject) editor.write(new Map(operation(editor.kernel(), subject.shape).entries()));
  };
  const act = (label: string, icon: IconName, operation: Operation): Button =>
    iconButton(label, icon, () => apply(operation));
  const item = (text: string, operation: Operation, separated = false): MenuItem => ({
    text,
    separated,
    onPress: () => apply(operation),
  });
  const presetsOf = ({ shape }: Subject) => model.get("_info")?.presets[shape.join("x")] ?? [];
  const allCells = ({ count }: Subject): number[] => [...Array(count).keys()];
  const allFrozen = (subject: Subject): boolean =>
    allCells(subject).every((cell) => subject.frozen.has(cell));
  /** A kernel as large as a line of text; of a 3-D kernel its middle slice. */
  const pictureOf = (data: readonly number[], { shape }: Subject): HTMLElement => {
    const canvas = h("canvas", { "aria-hidden": "true" });
    const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1)!];
    const start = ((shape.at(-3) ?? 1) >> 1) * rows * columns;
    const palette = createPalette(model.get("palette") ?? "RdBu", theme.dark);
    const bars = shape.length === 1;
    const picture = { data, start, rows, columns, palette, low: -1, high: 1, bars };
    drawMap(createSurface(canvas), picture, PICTURE_PX);
    return canvas;
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(toNumpy(editor.kernel(), editor.subject!.shape));
      announce("Copied as NumPy.");
    } catch {
      announce("The browser does not let this page copy.");
    }
  };

  const presets = createMenu({
    label: "Presets",
    items: () =>
      presetsOf(editor.subject!).map(({ name, values }) => ({
        text: name,
        picture: pictureOf(values, editor.subject!),
        onPress: () => apply((cells) => fitPreset(values, cells, editor.limit)),
      })),
  });
  const more = createMenu({
    label: "More",
    items() {
      const subject = editor.subject!;
      const revert = (text: string, cells: number[], separated = false): MenuItem => ({
        text: `Revert ${text}`,
        separated,
        onPress: () => editor.each({ op: "revert" }, cells),
      });
      const edits = [
        item("Shift left", shift(0, -1)),
        item("Shift right", shift(0, 1)),
        ...(subject.shape.length > 1
          ? [item("Shift up", shift(-1, 0)), item("Shift down", shift(1, 0))]
          : []),
        item("Negate", negate, true),
        item("Zero mean", zeroMean),
        item("Unit norm", unitNorm),
        revert(editor.isBias() ? "bias" : "cell", [editor.cell], true),
        revert("kernel", allCells(subject)),
      ];
      return [
        ...(can(model, "edit") ? edits : []),
        { text: "Copy as NumPy", separated: true, onPress: copy },
      ];
    },
  });
  const flipX = act("Flip left–right", "flipX", flipLeftRight);
  const flipY = act("Flip up–down", "flipY", flipUpDown);
  const quarter = act("Turn a quarter", "turn", turn);
  const freeze = (cells: number[], frozen: boolean): void =>
    void editor.each({ op: "freeze", on: !frozen }, cells);
  const freezeCell = iconButton(
    "Freeze cell",
    "lock",
    () => freeze([editor.cell], editor.subject!.frozen.has(editor.cell)),
    false,
  );
  const freezeKernel = iconButton(
    "Freeze kernel",
    "lockAll",
    () => freeze(allCells(editor.subject!), allFrozen(editor.subject!)),
    false,
  );
  const mute = iconButton(
    "Mute filter",
    "mute",
    () => {
      const { layer, out, muted } = editor.subject!;
      editor.send({ op: "mute", layer: layer.name, out, on: !muted });
    },
    false,
  );
  const shapes = createGroup("Whole kernel", flipX.node, flipY.node, quarter.node);
  const node = createRow(
    presets.node,
    shapes,
    more.node,
    createGroup("Keep", freezeCell.node, freezeKernel.node, mute.node),
  );
  context.onPaint(() => {
    const { subject } = editor;
    node.hidden = !subject;
    if (!subject) return;
    const editable = can(model, "edit");
    const [rows, columns] = subject.shape.slice(-2);
    presets.node.hidden = !editable || presetsOf(subject).length === 0;
    shapes.hidden = !editable;
    flipY.node.hidden = !columns;
    quarter.node.hidden = rows !== columns;
    freezeCell.node.hidden = freezeKernel.node.hidden = !can(model, "freeze");
    mute.node.hidden = !can(model, "mute");
    freezeCell.setPressed(subject.frozen.has(editor.cell));
    freezeKernel.setPressed(allFrozen(subject));
    mute.setPressed(subject.muted);
  });
  context.onEnd(presets.destroy);
  context.onEnd(more.destroy);
  return node;
}
