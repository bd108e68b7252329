import { cellAt, cellsAlong, type Layout } from "../lib/editor_layout";
import type { Cleanup } from "../ui/dom";
import type { Gesture } from "./kernel_editor_gesture";
import { describeCell } from "./kernel_editor_keys";
import type { Editor } from "./kernel_editor_state";
import type { Context } from "./view";

/** Keeps a pointer's events coming while it is outside the cells. */
function capture(node: HTMLElement, pointer: number): void {
  try {
    node.setPointerCapture(pointer);
  } catch {
    // It was lifted before we came to it: its own events end the gesture.
  }
}

export type BrushSign = "+" | "−" | "0";

export interface Surface {
  layout(): Layout;
  cellOf(place: number): number;
  focus(cell: number): void;
  brush(): BrushSign;
  cancelTyping(): void;
}

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
  context: Context,
  editor: Editor,
  surface: Surface,
  cleanup: Cleanup,
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
  const cellUnder = (event: MouseEvent): number =>
    surface.cellOf(cellAt(surface.layout(), ...pointOf(event)));
  const paintCell = (cell: number, shift: boolean): void => {
    const step = BRUSH_PART * editor.limit * (shift ? 0.1 : 1);
    const sign = surface.brush();
    const now = editor.value(cell);
    const next = sign === "0" ? 0 : now + (sign === "+" ? step : -step);
    editor.select(cell);
    if (gesture) editor.set(gesture, cell, next);
  };
  const finish = (how: "keep" | "revert"): void => {
    clearTimeout(rest);
    editor.end(gesture, how);
    // A sweep has left the cell where the focus was.
    if (gesture && pointer !== -1) surface.focus(editor.cell);
    gesture = null;
    pointer = -1;
  };

  cleanup.listen(node, "pointerdown", (event) => {
    const cell = cellUnder(event);
    if (cell < 0 || event.button !== 0 || pointer !== -1) return;
    dragged = event.pointerType === "mouse" || cell === editor.cell;
    if (!dragged) return;
    event.preventDefault();
    surface.cancelTyping();
    surface.focus(cell);
    gesture = editor.begin();
    if (!gesture) return;
    pointer = event.pointerId;
    capture(node, pointer);
    last = pointOf(event);
    value = editor.value(cell);
    if (context.model.get("tool") === "brush") paintCell(cell, event.shiftKey);
    else {
      rest = window.setTimeout(() => gesture && editor.set(gesture, cell, value), REST_MS);
    }
  });

  cleanup.listen(node, "pointermove", (event) => {
    if (event.pointerId !== pointer) {
      const cell = cellUnder(event);
      if (cell >= 0 && pointer === -1) context.say(describeCell(editor, cell));
      return;
    }
    const list = event.getCoalescedEvents?.() ?? [];
    for (const moved of list.length > 0 ? list : [event]) {
      const point = pointOf(moved);
      if (context.model.get("tool") === "brush") {
        for (const place of cellsAlong(surface.layout(), last, point)) {
          paintCell(surface.cellOf(place), event.shiftKey);
        }
      } else if (point[1] !== last[1] && gesture) {
        const range = 2 * editor.limit * (event.shiftKey ? 0.1 : 1);
        value += ((last[1] - point[1]) / surface.layout().dragPx) * range;
        editor.set(gesture, editor.cell, value);
      }
      last = point;
    }
  });

  cleanup.listen(node, "pointerup", (event) => {
    if (event.pointerId === pointer) finish("keep");
  });
  cleanup.listen(node, "lostpointercapture", (event) => {
    if (event.pointerId === pointer) finish("keep");
  });
  cleanup.listen(node, "pointercancel", (event) => {
    if (event.pointerId === pointer) finish("revert");
  });
  // A tap: the press that only selects. A drag ends in a click, too, wherever it was let go.
  cleanup.listen(node, "click", (event) => {
    const cell = cellUnder(event);
    if (cell >= 0 && !dragged) surface.focus(cell);
    dragged = false;
  });
  cleanup.add(() => finish("keep"));
}
