import { createSlider, type Slider, type SliderOptions } from "../ui/slider";
import type { Gesture } from "./kernel_editor_gesture";
import type { Editor } from "./kernel_editor_state";

/** A slider over cells: one movement is one gesture. `cellsAt` gives them for its value. */
export function createGestureSlider(
  editor: Editor,
  options: SliderOptions,
  cellsAt: (value: number) => Iterable<readonly [cell: number, value: number]>,
): Slider {
  let gesture: Gesture | null = null;
  return createSlider({
    ...options,
    onInput(value) {
      gesture ??= editor.begin();
      for (const [cell, next] of cellsAt(value!)) editor.set(gesture, cell, next);
    },
    onChange() {
      editor.end(gesture);
      gesture = null;
    },
  });
}
