import type { Ground } from "../views/kernel_editor_cells";
import type { Context } from "../views/view";
import type { Editor } from "./editor";
import type { Gesture } from "./gesture";

export type BrushSign = "+" | "−" | "0";

/** A finger that rests on a cell holds it against training from here on. */
const REST_MS = 250;
/** One pass of the brush changes a cell by this share of the limit. */
const BRUSH_PART = 0.2;
/** A sweep looks for cells this often; none is smaller. */
const SWEEP_PX = 4;

/**
 * Dragging and sweeping. A mouse takes any cell at once. Touch and pen select by a tap and then drag
 * the selected cell, so that a finger that only wants to scroll the page changes nothing. Gives the listeners of the cells' parent.
 */
export function handlePointers(
  { model, onEnd }: Context,
  editor: Editor,
  { cellAt, rangePx, focus }: Omit<Ground, "grid">,
  brush: () => BrushSign,
): Record<string, (event: PointerEvent) => void> {
  let gesture: Gesture | null = null;
  let pointer = -1;
  let lastX = 0;
  let lastY = 0;
  let lastCell = -1;
  let value = 0;
  let rest = 0;
  let dragged = false;

  const cellUnder = ({ clientX, clientY }: MouseEvent): number => cellAt(clientX, clientY);
  const paints = (): boolean => model.get("tool") === "brush";
  const scale = (event: MouseEvent): number => editor.limit * (event.shiftKey ? 0.1 : 1);
  const paintCell = (cell: number, event: MouseEvent): void => {
    const step = BRUSH_PART * scale(event);
    const next = { "+": editor.value(cell) + step, "−": editor.value(cell) - step, "0": 0 };
    editor.select(cell);
    editor.set(gesture, cell, next[brush()]);
  };
  const finish = (revert: boolean): void => {
    clearTimeout(rest);
    editor.end(gesture, revert);
    // A sweep has left the cell where the focus was.
    if (gesture) focus(editor.cell);
    gesture = null;
    pointer = -1;
  };

  const lift = ({ pointerId, type }: PointerEvent): void => {
    if (pointerId === pointer) finish(type === "pointercancel");
  };
  onEnd(() => clearTimeout(rest));
  return {
    pointerdown(event) {
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
        (event.currentTarget as Element).setPointerCapture(pointer);
      } catch {
        // It was lifted before we came to it: its own events end the gesture.
      }
      [lastX, lastY, lastCell] = [event.clientX, event.clientY, cell];
      value = editor.value(cell);
      if (paints()) paintCell(cell, event);
      else rest = window.setTimeout(() => editor.set(gesture, cell, value), REST_MS);
    },
    pointermove(event) {
      if (event.pointerId !== pointer) return;
      // Places in the window: a page that scrolls under a hand that rests changes nothing.
      const { clientX, clientY } = event;
      const dx = clientX - lastX;
      const dy = clientY - lastY;
      if (paints()) {
        const count = Math.ceil(Math.hypot(dx, dy) / SWEEP_PX);
        for (let left = count - 1; left >= 0; left--) {
          const cell = cellAt(clientX - (dx * left) / count, clientY - (dy * left) / count);
          if (cell >= 0 && cell !== lastCell) paintCell(cell, event);
          if (cell >= 0) lastCell = cell;
        }
      } else if (dy) {
        value -= (dy / rangePx()) * 2 * scale(event);
        editor.set(gesture, editor.cell, value);
      }
      [lastX, lastY] = [clientX, clientY];
    },
    pointerup: lift,
    lostpointercapture: lift,
    pointercancel: lift,
    // A tap: the press that only selects. A drag ends in a click, too, wherever it was let go.
    click(event) {
      const cell = cellUnder(event);
      if (cell >= 0 && !dragged) focus(cell);
      dragged = false;
    },
  };
}
