import { type Inks, readInks } from "../draw/inks";
import { drawKernelCells } from "../draw/kernel_cells";
import { type Layout, layoutCells } from "../lib/editor_layout";
import { number } from "../lib/format";
import { createPalette } from "../lib/palette";
import type { Model } from "../model/model";
import { type Cleanup, h, setAttribute } from "../ui/dom";
import { describeCell, handleKeys } from "./kernel_editor_keys";
import { type BrushSign, handlePointers } from "./kernel_editor_pointer";
import type { Editor } from "./kernel_editor_state";
import type { Context } from "./view";

/** Screen readers are told of cells that training moves at most this often. */
const SPOKEN_MS = 250;

/** The cells to drag: a canvas under a grid of spinbuttons. */
export function createCells(
  context: Context,
  editor: Editor,
  brush: () => BrushSign,
  cleanup: Cleanup,
): HTMLElement {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const grid = h("div", { role: "grid", class: "kw-cells" });
  const node = h("div", { class: "kw-cells-frame" }, canvas, grid);
  let layout: Layout = layoutCells([1, 1], false, 1);
  let buttons: HTMLElement[] = [];
  let key = "";
  let inks: Inks | null = null;
  let palette: Uint32Array | null = null;
  let spoken = 0;

  cleanup.add(
    context.theme.onChange(() => {
      inks = null;
      palette = null;
    }),
  );
  cleanup.add(context.model.on("palette", () => (palette = null)));
  cleanup.add(() => clearTimeout(spoken));

  /** Places of the layout and cells of the kernel differ by the slice on show. */
  const offset = (): number => {
    const shape = editor.subject?.shape ?? [];
    return shape.length > 2 ? editor.slice * shape.at(-1)! * shape.at(-2)! : 0;
  };
  const cellOf = (place: number): number => {
    const subject = editor.subject;
    if (!subject || place < 0) return -1;
    const inSlice = layout.places.length - (hasBias(editor) ? 1 : 0);
    return place >= inSlice ? subject.count : place + offset();
  };
  const focus = (cell: number): void => {
    const place = layout.places.findIndex((_, i) => cellOf(i) === cell);
    editor.select(cell);
    buttons[place]?.focus({ preventScroll: true });
  };

  const rebuild = (): void => {
    const subject = editor.subject!;
    const area = areaOf(context.model);
    const next = `${subject.shape.join()} ${hasBias(editor)} ${area}`;
    if (next === key) return;
    key = next;
    layout = layoutCells(subject.shape, hasBias(editor), area);
    node.style.width = `${layout.width}px`;
    node.style.height = `${layout.height}px`;
    buttons = layout.places.map(({ x, y, width, height }) => {
      const button = h("div", { role: "spinbutton" });
      button.style.left = `${x}px`;
      button.style.top = `${y}px`;
      button.style.width = `${width - 1}px`;
      button.style.height = `${height - 1}px`;
      return button;
    });
    grid.replaceChildren(
      ...layout.rows.map((places) =>
        h(
          "div",
          { role: "row" },
          ...places.map((place) => h("div", { role: "gridcell" }, buttons[place])),
        ),
      ),
    );
    buttons.forEach((button, place) => {
      setAttribute(button, "aria-label", editor.nameOf(cellOf(place)));
    });
    speak();
  };

  const speak = (): void => {
    const fixed = !editor.can("edit");
    for (const [place, button] of buttons.entries()) speakPlace(button, cellOf(place), fixed);
  };
  const speakPlace = (button: HTMLElement, cell: number, readonly: boolean): void => {
    const value = editor.value(cell);
    setAttribute(button, "aria-valuenow", Number(value.toPrecision(6)));
    setAttribute(button, "aria-valuetext", number(value));
    setAttribute(button, "aria-readonly", readonly ? "true" : null);
    const frozen = editor.subject?.frozen.has(cell);
    setAttribute(button, "aria-description", frozen ? "frozen" : null);
  };

  const paint = (): void => {
    const subject = editor.subject;
    node.hidden = !subject;
    if (!subject) return;
    rebuild();
    inks ??= readInks(node);
    palette ??= createPalette(context.model.get("palette") ?? "RdBu", context.theme.dark);
    const cells = layout.places.map((_, place) => cellOf(place));
    drawKernelCells(canvas, {
      layout,
      values: cells.map((cell) => editor.value(cell)),
      limit: editor.limit,
      palette,
      locked: (place) => subject.frozen.has(cells[place]!),
      typed: (place) => (cells[place] === editor.cell ? keys.typed() : null),
      bias: hasBias(editor),
      inks,
    });
    const name = `Filter ${subject.out}, input ${subject.input} of ${subject.layer.name}`;
    setAttribute(grid, "data-kw-tool", context.model.get("tool") ?? "value");
    setAttribute(grid, "aria-label", `${name}: cells of the kernel`);
    buttons.forEach((button, place) => {
      const selected = cells[place] === editor.cell;
      setAttribute(button, "tabindex", selected ? 0 : -1);
      if (selected) speakPlace(button, editor.cell, !editor.can("edit"));
    });
    if (editor.takeNews()) context.say(describeCell(editor, editor.cell));
    spoken ||= window.setTimeout(() => {
      spoken = 0;
      speak();
    }, SPOKEN_MS);
  };

  cleanup.listen(grid, "focusin", (event) => {
    const place = buttons.indexOf(event.target as HTMLElement);
    if (place < 0) return;
    editor.select(cellOf(place));
    context.say(describeCell(editor, editor.cell));
  });
  const keys = handleKeys(grid, editor, { rows: () => layout.rows, cellOf, focus }, cleanup);
  handlePointers(
    node,
    context,
    editor,
    { layout: () => layout, cellOf, focus, brush, cancelTyping: keys.stopTyping },
    cleanup,
  );
  editor.onPaint(paint);
  return node;
}

/** Room for the cells, in pixels: more on a projector, less where the Lab must fit on one screen. */
function areaOf(model: Model): number {
  if (model.get("present")) return 300;
  return model.get("_view") === "lab" ? 196 : 224;
}

function hasBias(editor: Editor): boolean {
  const subject = editor.subject;
  return subject !== null && subject.values.length > subject.count;
}
