import { rounded } from "../lib/format";
import type { Model } from "../model/model";
import { can } from "../views/choices";
import type { Editor } from "./editor";
import type { Gesture } from "./gesture";

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

interface Keys {
  /** Ends typing. */
  stop(): void;
  readonly listeners: Record<string, (event: KeyboardEvent) => void>;
}

/**
 * The keys that change cells, beside those that move through them: + − and Page Up/Down while they are
 * held down (one undo step, held against training); numbers are typed and set by Enter; Esc takes back.
 */
export function handleKeys(model: Model, editor: Editor): Keys {
  let gesture: Gesture | null = null;
  let gestureKey = "";
  let minusAt = Number.NEGATIVE_INFINITY;

  const stop = (): void => {
    editor.typed = "";
    model.repaint();
  };
  const letGo = (): void => {
    editor.end(gesture);
    gesture = null;
  };
  const leave = (): void => {
    stop();
    letGo();
    minusAt = Number.NEGATIVE_INFINITY;
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
    const { typed } = editor;
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
  return {
    stop,
    listeners: {
      keydown(event) {
        const { key, altKey, shiftKey, timeStamp } = event;
        if (altKey) return;
        if (event.ctrlKey || event.metaKey) {
          if (key.toLowerCase() !== "z") return;
          if (can(model, "undo")) editor.send({ op: shiftKey ? "redo" : "undo" });
        } else {
          const next = typing(key, timeStamp);
          const part = STEPS[key];
          if (next !== undefined) {
            editor.typed = next;
            model.repaint();
          } else if (part) {
            if (/^[-−]$/.test(key)) minusAt = timeStamp;
            change(key, part);
          } else if (key === "Escape") {
            editor.cancel();
            gesture = null;
          } else {
            // What moves on leaves nothing half done.
            if (/^(Arrow|Home|End)/.test(key)) leave();
            return;
          }
        }
        event.preventDefault();
      },
      keyup({ key }) {
        if (key === gestureKey) letGo();
      },
      focusout: leave,
    },
  };
}
