import { type Layout, layoutCells } from "../lib/editor_layout";
import { fixed, number } from "../lib/format";
import { createPalette, css, inkOn, paletteIndex } from "../lib/palette";
import { h, setAttribute, setText } from "../ui/dom";
import { can } from "./choices";
import { handleKeys } from "./kernel_editor_keys";
import { type BrushSign, handlePointers } from "./kernel_editor_pointer";
import type { Editor } from "./kernel_editor_state";
import { product } from "./layer";
import type { Context } from "./view";

const SMALLEST_FONT_PX = 9;
/** Digits are about this wide, as part of their height. */
const DIGIT = 0.58;

/** How numbers are written: of one size all over the kernel; only signs where none fits. */
function writer(limit: number, width: number): [(value: number) => string, fontPx: number] {
  const decimals = limit >= 20 ? 0 : limit >= 2 ? 1 : limit >= 0.1 ? 2 : 3;
  const full = (value: number): string => fixed(value, decimals);
  const short = (value: number): string => full(value).replace(/^(−?)0\./, "$1.");
  for (const write of [full, short]) {
    const px = Math.min(13, Math.floor((width - 2) / DIGIT / write(-limit).length));
    if (px >= SMALLEST_FONT_PX) return [write, px];
  }
  return [(value) => (width < 10 || !value ? "" : value < 0 ? "−" : "+"), width * 0.6];
}

/** The cells to drag: a grid of spinbuttons, colored or as bars, with signs, numbers and locks. */
export function createCells(context: Context, editor: Editor, brush: () => BrushSign): HTMLElement {
  const { model, theme, say } = context;
  const bias = h("span.kw-bias kw-small", {}, "bias");
  const grid = h("div", { role: "grid", class: "kw-cells" });
  const node = h("div.kw-cells-frame", {}, bias, grid);
  let layout: Layout = layoutCells([1, 1], false, 1);
  let buttons: HTMLElement[] = [];
  let key = "";

  const hasBias = (): boolean => editor.subject.values.length > editor.subject.count;
  /** Places of the layout and cells of the kernel differ by the slice on show; −1 is none. */
  const cellOf = (place: number): number => {
    const { subject } = editor;
    if (place < 0) return -1;
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
    const { shape } = editor.subject;
    // More room on a projector, less where the Lab must fit on one screen.
    const area = model.get("present") ? 300 : model.get("_view") === "lab" ? 196 : 224;
    const next = `${shape} ${hasBias()} ${area}`;
    if (next === key) return;
    key = next;
    layout = layoutCells(shape, hasBias(), area);
    node.style.width = `${layout.width}px`;
    node.style.height = `${layout.height}px`;
    const { x, y, width } = layout.places.at(-1)!;
    bias.hidden = !hasBias();
    bias.style.inset = `${layout.bars ? 0 : y - 18}px auto auto ${x}px`;
    bias.style.width = `${width}px`;
    grid.classList.toggle("kw-bars", layout.bars);
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
    if (!subject.count) return;
    rebuild();
    const { limit } = editor;
    const palette = createPalette(model.get("palette") ?? "RdBu", theme.dark);
    const [write, fontPx] = writer(limit, layout.places[0]!.width);
    const cells = layout.places.map((_, place) => cellOf(place));
    cells.forEach((cell, place) => {
      const { style } = buttons[place]!;
      const value = editor.value(cell);
      const color = palette[paletteIndex(value, -limit, limit)]!;
      const typed = cell === selected && keys.typed();
      const part = 50 - 50 * Math.max(-1, Math.min(1, value / limit));
      style.fontSize = `${fontPx}px`;
      style.color = typed || layout.bars ? "" : inkOn(color);
      style.background = typed
        ? ""
        : layout.bars
          ? `linear-gradient(#0000 ${Math.min(50, part)}%, ${css(color)} 0 ${Math.max(50, part)}%, #0000 0)`
          : css(color);
      setText(buttons[place]!, typed ? `${typed}|` : write(value));
      const beyond = Math.abs(value) > limit && (value > 0 ? "up" : "down");
      const facts = {
        "data-kw-beyond": beyond,
        tabindex: cell === selected ? 0 : -1,
        "aria-label": editor.nameOf(cell),
        "aria-valuenow": Number(value.toPrecision(6)),
        "aria-valuetext": number(value),
        "aria-readonly": can(model, "edit") ? null : "true",
        "aria-description": subject.frozen.has(cell) ? "frozen" : null,
      };
      for (const [name, fact] of Object.entries(facts)) setAttribute(buttons[place]!, name, fact);
    });
    const name = `Filter ${subject.out}, input ${subject.input} of ${subject.layer.name}`;
    setAttribute(grid, "data-kw-tool", model.get("tool"));
    setAttribute(grid, "aria-label", `${name}: cells of the kernel`);
    if (editor.takeNews()) say(editor.describe(editor.cell));
  });
  return node;
}
