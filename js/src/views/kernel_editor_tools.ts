import {
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
import { range } from "../lib/range";
import type { IconName } from "../ui/icons";
import type { MenuItem } from "../ui/menu";
import { createNumber } from "../ui/number";
import { createSegmented } from "../ui/segmented";
import { createGroup, createRow } from "../ui/toolbar";
import { can, createChoice, createLayerSelect, createTool, createViewMenu } from "./choices";
import type { BrushSign } from "./kernel_editor_pointer";
import type { Editor } from "./kernel_editor_state";
import { product } from "./layer";
import type { Context } from "./view";

/** Which kernel is on show, which tool is in the hand, undo and redo. */
export function createHeader(context: Context, editor: Editor): [HTMLElement, () => BrushSign] {
  const { model } = context;
  let brush: BrushSign = "+";
  const select = (out: number, input: number): void => model.set("selected", [out, input]);
  const filter = createNumber("Filter", (out) => select(out, editor.onShow.input));
  const input = createNumber("Input", (input) => select(editor.onShow.out, input));
  const slice = createNumber("Slice", (slice) => {
    editor.slice = slice;
    editor.select(slice * product(editor.onShow.shape.slice(-2)));
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
  const step = (label: string, op: "undo" | "redo"): HTMLElement =>
    createTool(
      context,
      label,
      op,
      () => editor.send({ op }),
      () => can(model, "undo"),
      undefined,
      () => !!model.get("_status")?.[op],
    );
  context.onPaint(() => {
    const { onShow: subject } = editor;
    filter.set(subject.out, subject.layer.shape[0]!);
    input.set(subject.input, subject.layer.shape[1]!);
    slice.set(editor.slice, subject.shape.at(-3) ?? 1);
    sign.node.hidden = !can(model, "edit") || model.get("tool") !== "brush";
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
    createGroup("History", step("Undo", "undo"), step("Redo", "redo")),
  );
  return [node, () => brush];
}

/** What is done to a whole kernel, or to its selected cell. */
export function createTools(context: Context, editor: Editor, presets: HTMLElement): HTMLElement {
  const { model, announce } = context;
  const apply = (operation: Operation): void =>
    void editor.write(new Map(operation(editor.kernel(), editor.onShow.shape).entries()));
  const act = (
    label: string,
    icon: IconName,
    operation: Operation,
    fits = (_rows: number, _columns?: number): boolean => true,
  ): HTMLElement =>
    createTool(
      context,
      label,
      icon,
      () => apply(operation),
      () => can(model, "edit") && fits(...(editor.onShow.shape.slice(-2) as [number, number?])),
    );
  const item = (text: string, operation: Operation, separated = false): MenuItem => ({
    text,
    separated,
    onPress: () => apply(operation),
  });
  const allCells = (): number[] => range(editor.onShow.count);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(toNumpy(editor.kernel(), editor.onShow.shape));
      announce("Copied as NumPy.");
    } catch {
      announce("The browser does not let this page copy.");
    }
  };

  const more = createViewMenu(context, "More", () => {
    const revert = (text: string, cells: number[], separated = false): MenuItem => ({
      text: `Revert ${text}`,
      separated,
      onPress: () => editor.each({ op: "revert" }, cells),
    });
    const edits = [
      item("Shift left", shift(0, -1)),
      item("Shift right", shift(0, 1)),
      ...(editor.onShow.shape.length > 1
        ? [item("Shift up", shift(-1, 0)), item("Shift down", shift(1, 0))]
        : []),
      item("Negate", negate, true),
      item("Zero mean", zeroMean),
      item("Unit norm", unitNorm),
      revert(editor.isBias() ? "bias" : "cell", [editor.cell], true),
      revert("kernel", allCells()),
    ];
    return [
      ...(can(model, "edit") ? edits : []),
      { text: "Copy as NumPy", separated: true, onPress: copy },
    ];
  });
  const freeze = (label: string, icon: IconName, cells: () => number[]): HTMLElement => {
    const frozen = (): boolean => cells().every((cell) => editor.onShow.frozen.has(cell));
    return createTool(
      context,
      label,
      icon,
      () => editor.each({ op: "freeze", on: !frozen() }, cells()),
      () => can(model, "freeze"),
      frozen,
    );
  };
  const mute = createTool(
    context,
    "Mute filter",
    "mute",
    () => {
      const { layer, out, muted } = editor.onShow;
      editor.send({ op: "mute", layer: layer.name, out, on: !muted });
    },
    () => can(model, "mute"),
    () => editor.onShow.muted,
  );
  return createRow(
    presets,
    createGroup(
      "Whole kernel",
      act("Flip left–right", "flipX", flipLeftRight),
      act("Flip up–down", "flipY", flipUpDown, (_, columns) => !!columns),
      act("Turn a quarter", "turn", turn, (rows, columns) => rows === columns),
    ),
    more,
    createGroup(
      "Keep",
      freeze("Freeze cell", "lock", () => [editor.cell]),
      freeze("Freeze kernel", "lockAll", allCells),
      mute,
    ),
  );
}
