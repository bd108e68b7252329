import { cellAt, cellsAlong, type Layout } from "../lib/editor_layout";
import type { Gesture } from "./kernel_editor_gesture";
import type { Editor } from "./kernel_editor_state";
import type { Context } from "./view";

export type BrushSign = "+" | "−" | "0";

/** A finger that rests on a cell holds it against training from here on. */
const REST_MS = 250;
/** One pass of the brush changes a cell by this share of the limit. */
const BRUSH_PART = 0.2;

/**
 * Dragging and sweeping. A mouse takes any cell at once. Touch and pen select by a tap and then drag
 * the selected cell, so that a finger that only wants to scroll the page changes nothing.
 */
export function handlePointers(
  node: HTMLElement,
  { model, say, onEnd }: Context,
  editor: Editor,
  layout: () => Layout,
  cellOf: (place: number) => number,
  focus: (cell: number) => void,
  brush: () => BrushSign,
): void {
  let gesture: Gesture | null = null;
  let pointer = -1;
  let last: [number, number] = [0, 0];
  let value = 0;
  let rest = 0;
  let dragged = false;

  const pointOf = (event: MouseEvent): [number, number] => {
    const box = node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const cellUnder = (event: MouseEvent): number => cellOf(cellAt(layout(), ...pointOf(event)));
  const paints = (): boolean => model.get("tool") === "brush";
  const scale = (event: MouseEvent): number => editor.limit * (event.shiftKey ? 0.1 : 1);
  const paintCell = (cell: number, event: MouseEvent): void => {
    const step = BRUSH_PART * scale(event);
    const next = { "+": editor.value(cell) + step, "−": editor.value(cell) - step, "0": 0 };
    editor.select(cell);
    editor.set(gesture, cell, next[brush()]);
  };
  const finish = (revert = false): void => {
    clearTimeout(rest);
    editor.end(gesture, revert);
    // A sweep has left the cell where the focus was.
    if (gesture) focus(editor.cell);
    gesture = null;
    pointer = -1;
  };

  const onDown = (event: PointerEvent): void => {
    const cell = cellUnder(event);
    if (cell < 0 || event.button !== 0 || pointer !== -1) return;
    dragged = event.pointerType === "mouse" || cell === editor.cell;
    if (!dragged) return;
    event.preventDefault();
    focus(cell);
    gesture = editor.begin();
    if (!gesture) return;
    pointer = event.pointerId;
    try {
      node.setPointerCapture(pointer);
    } catch {
      // It was lifted before we came to it: its own events end the gesture.
    }
    last = pointOf(event);
    value = editor.value(cell);
    if (paints()) paintCell(cell, event);
    else rest = window.setTimeout(() => editor.set(gesture, cell, value), REST_MS);
  };
  const onMove = (event: PointerEvent): void => {
    if (event.pointerId !== pointer) {
      const cell = cellUnder(event);
      if (cell >= 0 && pointer === -1) say(editor.describe(cell));
      return;
    }
    const list = event.getCoalescedEvents?.() ?? [];
    for (const moved of list.length > 0 ? list : [event]) {
      const point = pointOf(moved);
      if (paints()) {
        for (const place of cellsAlong(layout(), last, point)) paintCell(cellOf(place), event);
      } else if (point[1] !== last[1]) {
        value += ((last[1] - point[1]) / layout().dragPx) * 2 * scale(event);
        editor.set(gesture, editor.cell, value);
      }
      last = point;
    }
  };
  node.addEventListener("pointerdown", onDown);
  node.addEventListener("pointermove", onMove);
  for (const type of ["pointerup", "lostpointercapture", "pointercancel"] as const) {
    node.addEventListener(type, (event) => {
      if (event.pointerId === pointer) finish(type === "pointercancel");
    });
  }
  // A tap: the press that only selects. A drag ends in a click, too, wherever it was let go.
  node.addEventListener("click", (event) => {
    const cell = cellUnder(event);
    if (cell >= 0 && !dragged) focus(cell);
    dragged = false;
  });
  onEnd(() => clearTimeout(rest));
}
