import { adoptStyles } from "../ui/styles";
import type { Hand, Places } from "../views/hand";
import type { Ground } from "../views/kernel_editor_cells";
import type { Reading } from "../views/kernel_editor_state";
import type { Context } from "../views/view";
import { createEditor } from "./editor";
import styles from "./hand.css";
import { handleKeys } from "./keys";
import { handlePointers } from "./pointers";
import { createPresets } from "./presets";
import { createProbeMenu } from "./probe_menu";
import { createCellSlider } from "./slider";
import { createHeld, createTools, rarely } from "./tools";

/** Makes a kernel that is read a kernel that is changed: by dragging, keys and tools. */
function reachIn(
  context: Context,
  reading: Reading,
  ground: Ground,
  { header, tools, side, body }: Places,
): void {
  const { model } = context;
  const { grid } = ground;
  adoptStyles(grid, styles);
  const editor = createEditor(context, reading, () => rarely(model, editor));
  const [tool, history, brush] = createHeld(context, editor);
  header.append(tool, history);
  const [presets, panel] = createPresets(context, editor);
  const [whole, keep] = createTools(context, editor);
  tools.prepend(presets, whole);
  tools.append(keep);
  side.append(createCellSlider(context, editor));
  body.append(panel);
  const keys = handleKeys(model, editor);
  const focus = (cell: number): void => {
    keys.stop();
    ground.focus(cell);
  };
  const pointers = handlePointers(context, editor, { ...ground, focus }, brush);
  for (const [name, listener] of Object.entries({ ...keys.listeners, ...pointers })) {
    grid.addEventListener(name, listener as (event: Event) => void);
  }
  model.repaint();
}

export const hand: Hand = { reachIn, createProbeMenu };
