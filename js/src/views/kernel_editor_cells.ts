import { type Inks, readInks } from "../draw/inks";
import { drawKernelCells } from "../draw/kernel_cells";
import { type Layout, layoutCells } from "../lib/editor_layout";
import { number } from "../lib/format";
import { createPalette } from "../lib/palette";
import { h, setAttribute } from "../ui/dom";
import { can } from "./choices";
import { handleKeys } from "./kernel_editor_keys";
import { type BrushSign, handlePointers } from "./kernel_editor_pointer";
import type { Editor } from "./kernel_editor_state";
import { product } from "./layer";
import type { Context } from "./view";

/** Screen readers are told of cells that training moves at most this often. */
const SPOKEN_MS = 250;

/** The cells to drag: a canvas under a grid of spinbuttons. */
export function createCells(context: Context, editor: Editor, brush: () => BrushSign): HTMLElement {
  const { model, theme, say } = context;
  const canvas = h("canvas", { "aria-hidden": "true" });
  const grid = h("div", { role: "grid", class: "kw-cells" });
  const node = h("div", { class: "kw-cells-frame" }, canvas, grid);
  let layout: Layout = layoutCells([1, 1], false, 1);
  let buttons: HTMLElement[] = [];
  let key = "";
  let inks: Inks | null = null;
  let dark = false;
  let spoken = 0;

  const hasBias = (): boolean => editor.subject!.values.length > editor.subject!.count;
  /** Places of the layout and cells of the kernel differ by the slice on show; −1 is none. */
  const cellOf = (place: number): number => {
    const { subject } = editor;
    if (!subject || place < 0) return -1;
    if (hasBias() && place === layout.places.length - 1) return subject.count;
    return place + (subject.shape.length > 2 ? editor.slice * product(subject.shape.slice(-2)) : 0);
  };
  const focus = (cell: number): void => {
    keys.stop();
    editor.select(cell);
    buttons[layout.places.findIndex((_, place) => cellOf(place) === cell)]?.focus({
      preventScroll: true,
    });
  };

  const rebuild = (): void => {
    const { shape } = editor.subject!;
    // More room on a projector, less where the Lab must fit on one screen.
    const area = model.get("present") ? 300 : model.get("_view") === "lab" ? 196 : 224;
    const next = `${shape} ${hasBias()} ${area}`;
    if (next === key) return;
    key = next;
    layout = layoutCells(shape, hasBias(), area);
    node.style.width = `${layout.width}px`;
    node.style.height = `${layout.height}px`;
    buttons = layout.places.map(({ x, y, width, height }) => {
      const button = h("div", { role: "spinbutton" });
      button.style.inset = `${y}px auto auto ${x}px`;
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
    speak();
  };
  const speak = (): void => layout.places.forEach(speakPlace);
  const speakPlace = (_: unknown, place: number): void => {
    const cell = cellOf(place);
    const value = editor.value(cell);
    const facts = {
      label: editor.nameOf(cell),
      valuenow: Number(value.toPrecision(6)),
      valuetext: number(value),
      readonly: can(model, "edit") ? null : "true",
      description: editor.subject?.frozen.has(cell) ? "frozen" : null,
    };
    for (const [name, fact] of Object.entries(facts)) {
      setAttribute(buttons[place]!, `aria-${name}`, fact);
    }
  };

  const keys = handleKeys(
    grid,
    model,
    editor,
    () => layout.rows.map((places) => places.map(cellOf)),
    focus,
  );
  handlePointers(node, context, editor, () => layout, cellOf, focus, brush);
  grid.addEventListener("focusin", (event) => {
    const place = buttons.indexOf(event.target as HTMLElement);
    if (place < 0) return;
    editor.select(cellOf(place));
    say(editor.describe(editor.cell));
  });

  context.onPaint(() => {
    const { subject, cell: selected } = editor;
    node.hidden = !subject;
    if (!subject) return;
    rebuild();
    if (!inks || dark !== theme.dark) inks = readInks(node);
    dark = theme.dark;
    const cells = layout.places.map((_, place) => cellOf(place));
    drawKernelCells(canvas, {
      layout,
      values: cells.map(editor.value),
      limit: editor.limit,
      palette: createPalette(model.get("palette") ?? "RdBu", dark),
      locked: cells.map((cell) => subject.frozen.has(cell)),
      typed: cells.map((cell) => (cell === selected ? keys.typed() : "")),
      bias: hasBias(),
      inks,
    });
    const name = `Filter ${subject.out}, input ${subject.input} of ${subject.layer.name}`;
    setAttribute(grid, "data-kw-tool", model.get("tool"));
    setAttribute(grid, "aria-label", `${name}: cells of the kernel`);
    cells.forEach((cell, place) => {
      setAttribute(buttons[place]!, "tabindex", cell === selected ? 0 : -1);
      if (cell === selected) speakPlace(cell, place);
    });
    if (editor.takeNews()) say(editor.describe(editor.cell));
    spoken ||= window.setTimeout(() => {
      spoken = 0;
      speak();
    }, SPOKEN_MS);
  });
  context.onEnd(() => clearTimeout(spoken));
  return node;
}
