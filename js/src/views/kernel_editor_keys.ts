import { rounded } from "../lib/format";
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
/** Rows and columns that a key moves by. */
const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -1e3],
  End: [0, 1e3],
};
/** A number that follows a minus within this time is meant to be negative. */
const MINUS_MS = 1500;

interface Keys {
  /** What is typed so far. */
  typed(): string;
  /** Ends typing. */
  stop(): void;
  readonly listeners: Record<string, (event: KeyboardEvent) => void>;
}

/**
 * The editor's keyboard. Arrows move through `rows` of cells; + − and Page Up/Down change the cell
 * while they are held down (one undo step, held against training); numbers are typed and set by
 * Enter; Esc takes back.
 */
export function handleKeys(
  model: Model,
  editor: Editor,
  rows: () => number[][],
  focus: (cell: number) => void,
): Keys {
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
    editor.set(gesture, editor.cell, rounded(value, 7));
  };
  /** What is typed after one more key; undefined where that key does not belong to a number. */
  const typing = (key: string, timeStamp: number): string | undefined => {
    if (/^[\d.,]$/.test(key) && can(model, "edit")) {
      // "-" alone lowers the cell at once.
      const sign = !typed && timeStamp - minusAt < MINUS_MS ? "−" : "";
      return typed + sign + key.replace(",", ".");
    }
    if (!typed) return undefined;
    if (/^[-−]$/.test(key)) {
      return /e$/i.test(typed) ? `${typed}−` : typed[0] === "−" ? typed.slice(1) : `−${typed}`;
    }
    if (/^e$/i.test(key)) return `${typed}e`;
    if (key === "Backspace") return typed.slice(0, -1);
    if (key === "Enter") {
      const value = Number(typed.replaceAll("−", "-"));
      if (Number.isFinite(value)) editor.write(new Map([[editor.cell, value]]));
    }
    return /^E(nter|scape)$/.test(key) ? "" : undefined;
  };
  const move = ([down, right]: readonly [number, number]): void => {
    const lines = rows();
    const row = lines.findIndex((cells) => cells.includes(editor.cell));
    const line = lines[row + down];
    if (!line) return;
    stop();
    letGo();
    minusAt = Number.NEGATIVE_INFINITY;
    const column = lines[row]!.indexOf(editor.cell) + right;
    focus(line[Math.max(0, Math.min(column, line.length - 1))]!);
  };

  return {
    typed: () => typed,
    stop,
    listeners: {
      keydown(event) {
        // The host has uses of its own for d d, 0 0, x, a, Esc and the arrows.
        event.stopPropagation();
        const { key, altKey, shiftKey, timeStamp } = event;
        if (altKey) return;
        if (event.ctrlKey || event.metaKey) {
          if (key.toLowerCase() !== "z") return;
          if (can(model, "undo")) editor.send({ op: shiftKey ? "redo" : "undo" });
        } else {
          const next = typing(key, timeStamp);
          const way = MOVES[key];
          const part = STEPS[key];
          if (next !== undefined) {
            typed = next;
            model.repaint();
          } else if (way) move(way);
          else if (part) {
            if (/^[-−]$/.test(key)) minusAt = timeStamp;
            change(key, part);
          } else if (key === "Escape") {
            editor.cancel();
            gesture = null;
          } else return;
        }
        event.preventDefault();
      },
      keyup({ key }) {
        if (key === gestureKey) letGo();
      },
      focusout() {
        stop();
        letGo();
      },
    },
  };
}
