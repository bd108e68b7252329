import {
  flipLeftRight,
  flipUpDown,
  negate,
  type Operation,
  shift,
  turn,
  unitNorm,
  zeroMean,
} from "../lib/kernel_ops";
import { range } from "../lib/range";
import type { Model } from "../model/model";
import type { IconName } from "../ui/icons";
import type { MenuItem } from "../ui/menu";
import { createSegmented } from "../ui/segmented";
import { createGroup, createRow } from "../ui/toolbar";
import { can, createChoice, createTool } from "../views/choices";
import type { Context } from "../views/view";
import type { Editor } from "./editor";
import type { BrushSign } from "./pointers";

const UNDO = "M6 2 2 6l4 4M2 6h7a4 4 0 0 1 0 8H6";
const REDO = "M10 2l4 4-4 4M14 6H7a4 4 0 0 0 0 8h3";
const LOCK = "M4 7h8v7H4zM5 7V5a3 3 0 0 1 6 0v2";
const LOCK_ALL = "M6 9h7v5H6zM7 9V7a2 2 0 0 1 5 0v2M3 11V3h9";
const MUTE = "M2 6v4h3l3 3V3L5 6zM11 6l3 4M14 6l-3 4";
const FLIP_X = "M8 2v12M5 5v6L2 8zM11 5v6l3-3z";
const FLIP_Y = "M2 8h12M5 5h6L8 2zM5 11h6l-3 3z";
const TURN = "M13 6a5 5 0 1 0 0 4M13 2v4H9";

/** Which tool is in the hand, undo and redo; and what the brush does. */
export function createHeld(
  context: Context,
  editor: Editor,
): [tool: HTMLElement, history: HTMLElement, () => BrushSign] {
  const { model } = context;
  let brush: BrushSign = "+";
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
  context.onPaint(() => {
    sign.node.hidden = !can(model, "edit") || model.get("tool") !== "brush";
  });
  const step = (label: string, op: "undo" | "redo", icon: IconName): HTMLElement =>
    createTool(
      context,
      label,
      icon,
      () => editor.send({ op }),
      () => can(model, "undo"),
      undefined,
      () => !!model.get("_status")?.[op],
    );
  const tool = createChoice(context, "tool", "Tool", () =>
    can(model, "edit")
      ? [
          ["value", "Value"],
          ["brush", "Brush"],
        ]
      : [],
  );
  return [
    createRow(tool, sign.node),
    createGroup("History", step("Undo", "undo", UNDO), step("Redo", "redo", REDO)),
    () => brush,
  ];
}

/** What is done to a whole kernel often; and what it keeps. */
export function createTools(
  context: Context,
  editor: Editor,
): [whole: HTMLElement, keep: HTMLElement] {
  const { model } = context;
  const apply = (operation: Operation): void => applyTo(editor, operation);
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
    MUTE,
    () => {
      const { layer, out, muted } = editor.onShow;
      editor.send({ op: "mute", layer: layer.name, out, on: !muted });
    },
    () => can(model, "mute"),
    () => editor.onShow.muted,
  );
  return [
    createGroup(
      "Whole kernel",
      act("Flip left–right", FLIP_X, flipLeftRight),
      act("Flip up–down", FLIP_Y, flipUpDown, (_, columns) => !!columns),
      act("Turn a quarter", TURN, turn, (rows, columns) => rows === columns),
    ),
    createGroup(
      "Keep",
      freeze("Freeze cell", LOCK, () => [editor.cell]),
      freeze("Freeze kernel", LOCK_ALL, () => cellsOf(editor)),
      mute,
    ),
  ];
}

/** What is done to a whole kernel, or to its selected cell, seldom. */
export function rarely(model: Model, editor: Editor): MenuItem[] {
  if (!can(model, "edit")) return [];
  const { cell, onShow } = editor;
  const item = (text: string, operation: Operation, separated = false): MenuItem => ({
    text,
    separated,
    onPress: () => applyTo(editor, operation),
  });
  const revert = (text: string, cells: number[], separated = false): MenuItem => ({
    text: `Revert ${text}`,
    separated,
    onPress: () => editor.each({ op: "revert" }, cells),
  });
  return [
    item("Shift left", shift(0, -1)),
    item("Shift right", shift(0, 1)),
    ...(onShow.shape.length > 1
      ? [item("Shift up", shift(-1, 0)), item("Shift down", shift(1, 0))]
      : []),
    item("Negate", negate, true),
    item("Zero mean", zeroMean),
    item("Unit norm", unitNorm),
    revert(cell === onShow.count ? "bias" : "cell", [cell], true),
    revert("kernel", cellsOf(editor)),
  ];
}

const cellsOf = (editor: Editor): number[] => range(editor.onShow.count);

const applyTo = (editor: Editor, operation: Operation): void =>
  void editor.write(new Map(operation(editor.kernel(), editor.onShow.shape).entries()));
