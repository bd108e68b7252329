import type { Model } from "../model/model";
import { can } from "./choices";
import type { Gesture } from "./kernel_editor_gesture";
import type { Editor } from "./kernel_editor_state";

const STEPS: Record<string, number> = {
  "+": 0.02,
  "=": 0.02,
  "-": -0.02,
  "−": -0.02,
  _: -0.02,
  PageUp: 0.1,
  PageDown: -0.1,
};
/** A number that follows a minus within this time is meant to be negative. */
const MINUS_MS = 1500;

/**
 * The editor's keyboard. Arrows move through `rows` of cells; + − and Page Up/Down change the cell
 * while they are held down (one undo step, held against training); numbers are typed and set by
 * Enter; Esc takes back. `stop` ends typing and gives what was typed.
 */
export function handleKeys(
  grid: HTMLElement,
  model: Model,
  editor: Editor,
  rows: () => number[][],
  focus: (cell: number) => void,
): { typed(): string; stop(): void } {
  let typed = "";
  let gesture: Gesture | null = null;
  let gestureKey = "";
  let minusAt = Number.NEGATIVE_INFINITY;

  const stop = (): void => {
    typed = "";
    model.repaint();
  };
  const letGo = (): void => {
    editor.end(gesture);
    gesture = null;
  };
  const change = (key: string, part: number): void => {
    stop();
    if (!gesture || gestureKey !== key) {
      letGo();
      gesture = editor.begin();
      gestureKey = key;
    }
    const step = part * editor.limit;
    // Steps meet round numbers, and zero itself.
    const round = Math.abs(step) / 10;
    const value = Math.round((editor.value(editor.cell) + step) / round) * round;
    editor.set(gesture, editor.cell, Number(value.toPrecision(7)));
  };
  const type = ({ key, timeStamp }: KeyboardEvent): boolean => {
    if (/^[\d.,]$/.test(key) && can(model, "edit")) {
      // "-" alone lowers the cell at once.
      if (!typed && timeStamp - minusAt < MINUS_MS) typed = "−";
      typed += key.replace(",", ".");
    } else if (!typed) return false;
    else if (/^[-−]$/.test(key)) {
      typed = /e$/i.test(typed) ? `${typed}−` : typed[0] === "−" ? typed.slice(1) : `−${typed}`;
    } else if (/^e$/i.test(key)) typed += "e";
    else if (key === "Backspace") typed = typed.slice(0, -1);
    else if (key === "Enter") {
      const value = Number(typed.replaceAll("−", "-"));
      typed = "";
      if (Number.isFinite(value)) editor.write(new Map([[editor.cell, value]]));
    } else if (key === "Escape") typed = "";
    else return false;
    model.repaint();
    return true;
  };
  const move = (key: string): boolean => {
    const lines = rows();
    let row = lines.findIndex((cells) => cells.includes(editor.cell));
    let column = lines[row]?.indexOf(editor.cell) ?? 0;
    if (key === "ArrowLeft") column--;
    else if (key === "ArrowRight") column++;
    else if (key === "ArrowUp") row--;
    else if (key === "ArrowDown") row++;
    else if (key === "Home") column = 0;
    else if (key === "End") column = Number.POSITIVE_INFINITY;
    else return false;
    const line = lines[row];
    // Sideways the end of a row is an end; rows may differ in length otherwise.
    const cell = key === "ArrowRight" ? line?.[column] : line?.[Math.min(column, line.length - 1)];
    if (cell !== undefined) {
      stop();
      letGo();
      minusAt = Number.NEGATIVE_INFINITY;
      focus(cell);
    }
    return true;
  };

  grid.addEventListener("keydown", (event) => {
    // The host has uses of its own for d d, 0 0, x, a, Esc and the arrows.
    event.stopPropagation();
    const { key, altKey, shiftKey } = event;
    if (altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (key.toLowerCase() !== "z") return;
      if (can(model, "undo")) editor.send({ op: shiftKey ? "redo" : "undo" });
    } else if (!type(event) && !move(key)) {
      const part = STEPS[key];
      if (part) {
        if (/^[-−]$/.test(key)) minusAt = event.timeStamp;
        change(key, part);
      } else if (key === "Escape") {
        editor.cancel();
        gesture = null;
      } else return;
    }
    event.preventDefault();
  });
  grid.addEventListener("keyup", ({ key }) => {
    if (key === gestureKey) letGo();
  });
  grid.addEventListener("focusout", () => {
    stop();
    letGo();
  });
  return { typed: () => typed, stop };
}
