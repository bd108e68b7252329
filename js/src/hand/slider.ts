import { fixed } from "../lib/format";
import { h, setText } from "../ui/dom";
import { createSlider, type Slider, type SliderOptions } from "../ui/slider";
import { can } from "../views/choices";
import type { Context } from "../views/view";
import type { Editor } from "./editor";
import type { Gesture } from "./gesture";

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

/** Changes the selected cell without aiming: for fingers, and hands that drag badly. */
export function createCellSlider({ model, onPaint }: Context, editor: Editor): HTMLElement {
  const name = h("span.kw-quiet");
  const slider = createGestureSlider(
    editor,
    {
      label: "Selected cell",
      hideLabel: true,
      scale: { low: -1, high: 1 },
      value: 0,
      format: (value) => fixed(value!, 3),
    },
    (value) => [[editor.cell, value]],
  );
  const node = h("div.kw-stack", {}, name, slider.node);
  onPaint(() => {
    node.hidden = !can(model, "edit");
    setText(name, editor.nameOf(editor.cell));
    slider.setScale({ low: -editor.limit, high: editor.limit });
    slider.set(editor.value(editor.cell));
  });
  return node;
}
