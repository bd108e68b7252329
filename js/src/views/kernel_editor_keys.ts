import { number } from "../lib/format";
import type { Cleanup } from "../ui/dom";
import type { Gesture } from "./kernel_editor_gesture";
import type { Editor } from "./kernel_editor_state";

export interface Cursor {
  /** Places row by row, as arrows walk through them. */
  rows(): number[][];
  cellOf(place: number): number;
  focus(cell: number): void;
}

export interface Keys {
  /** What is being typed into the selected cell, or null. */
  typed(): string | null;
  stopTyping(): void;
}

const STEPS: Record<string, number> = { "+": 0.02, "=": 0.02, "-": -0.02, "−": -0.02, _: -0.02 };
const PAGES: Record<string, number> = { PageUp: 0.1, PageDown: -0.1 };

/**
 * The editor's keyboard. Arrows move; + − and Page Up/Down change the cell while they are held down
 * (one undo step, held against training); numbers are typed and set by Enter; Esc takes back.
 */
export function handleKeys(
  grid: HTMLElement,
  editor: Editor,
  cursor: Cursor,
  cleanup: Cleanup,
): Keys {
  let typed = "";
  let gesture: Gesture | null = null;
  let gestureKey = "";
  let minusAt = Number.NEGATIVE_INFINITY;

  const stopTyping = (): void => {
    if (typed) editor.changed();
    typed = "";
  };
  const endGesture = (how: "keep" | "revert"): void => {
    editor.end(gesture, how);
    gesture = null;
  };

  const change = (event: KeyboardEvent, part: number): void => {
    stopTyping();
    if (!gesture || gestureKey !== event.key) {
      endGesture("keep");
      gesture = editor.begin();
      gestureKey = event.key;
    }
    const step = part * editor.limit;
    const value = editor.value(editor.cell) + step;
    // Steps meet round numbers, and zero itself.
    const round = Math.abs(step) / 10;
    if (gesture)
      editor.set(gesture, editor.cell, Number((Math.round(value / round) * round).toPrecision(7)));
  };

  const type = (event: KeyboardEvent): boolean => {
    const { key } = event;
    if (/^[\d.,]$/.test(key) && editor.can("edit")) {
      // "-" alone lowers the cell at once; a number that follows it is meant to be negative.
      const negative = typed === "" && event.timeStamp - minusAt < 1500;
      typed += (negative ? "−" : "") + key.replace(",", ".");
    } else if (typed === "") return false;
    else if (/^[-−]$/.test(key)) {
      typed = /e$/i.test(typed)
        ? `${typed}−`
        : typed.startsWith("−")
          ? typed.slice(1)
          : `−${typed}`;
    } else if (/^[eE]$/.test(key)) typed += "e";
    else if (key === "Backspace") typed = typed.slice(0, -1);
    else if (key === "Enter") {
      const value = Number(typed.replaceAll("−", "-"));
      typed = "";
      if (Number.isFinite(value)) editor.write(new Map([[editor.cell, value]]));
    } else if (key === "Escape") typed = "";
    else return false;
    editor.changed();
    return true;
  };

  const move = (event: KeyboardEvent): boolean => {
    const rows = cursor.rows();
    const row = rows.findIndex((places) => places.some((p) => cursor.cellOf(p) === editor.cell));
    const column = rows[row]?.findIndex((place) => cursor.cellOf(place) === editor.cell) ?? 0;
    let [toRow, toColumn] = [row, column];
    if (event.key === "ArrowLeft") toColumn--;
    else if (event.key === "ArrowRight") toColumn++;
    else if (event.key === "ArrowUp") toRow--;
    else if (event.key === "ArrowDown") toRow++;
    else if (event.key === "Home") toColumn = 0;
    else if (event.key === "End") toColumn = rows[row]!.length - 1;
    else return false;
    const target = rows[toRow];
    const place =
      toRow === row ? target?.[toColumn] : target?.[Math.min(toColumn, target.length - 1)];
    if (place !== undefined) {
      stopTyping();
      endGesture("keep");
      minusAt = Number.NEGATIVE_INFINITY;
      cursor.focus(cursor.cellOf(place));
    }
    return true;
  };

  cleanup.listen(grid, "keydown", (event) => {
    // The host has uses of its own for d d, 0 0, x, a, Esc and the arrows.
    event.stopPropagation();
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() === "z") {
        event.preventDefault();
        if (editor.can("undo")) editor.send({ op: event.shiftKey ? "redo" : "undo" });
      }
      return;
    }
    const part = STEPS[event.key] ?? PAGES[event.key];
    let done = type(event) || move(event);
    if (!done && part !== undefined) {
      if (/^[-−]$/.test(event.key)) minusAt = event.timeStamp;
      change(event, part);
      done = true;
    } else if (!done && event.key === "Escape") {
      editor.cancelHand();
      gesture = null;
      done = true;
    }
    if (done) event.preventDefault();
  });
  cleanup.listen(grid, "keyup", (event) => {
    if (event.key === gestureKey) endGesture("keep");
  });
  cleanup.listen(grid, "focusout", () => {
    stopTyping();
    endGesture("keep");
  });
  return {
    typed: () => typed || null,
    stopTyping,
  };
}

/** What a cell holds, in words for the status line. */
export function describeCell(editor: Editor, cell: number): string {
  const subject = editor.subject;
  if (!subject) return "";
  const where = cell === subject.count ? "bias" : editor.nameOf(cell);
  const of = `filter ${subject.out}${subject.layer.shape[1]! > 1 ? `, input ${subject.input}` : ""}`;
  const frozen = subject.frozen.has(cell) ? ", frozen" : "";
  return `${where} of ${of} = ${number(editor.value(cell))}${frozen}`;
}
