import { fixed, number, rounded } from "../lib/format";
import { css, inkOn, paletteIndex } from "../lib/palette";
import { range } from "../lib/range";
import { h, keyOf, setAttribute, setText } from "../ui/dom";
import { can } from "./choices";
import type { Reading } from "./kernel_editor_state";
import { paletteOf } from "./layer";
import type { Context } from "./view";

const SMALLEST_FONT_PX = 9;
/** Digits are about this wide, as part of their height. */
const DIGIT = 0.58;

/** Rows and columns that a key moves by. */
const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -1e3],
  End: [0, 1e3],
};

/** What a hand finds on the cells. */
export interface Ground {
  readonly grid: HTMLElement;
  /** The cell at a point of the window, or −1. */
  cellAt(x: number, y: number): number;
  /** How far a hand moves from one end of the color range to the other. */
  rangePx(): number;
  focus(cell: number): void;
}

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

/** The cells: a grid of spinbuttons, colored or as bars, with signs, numbers and locks. Arrows move. */
export function createCells(context: Context, reading: Reading): Ground {
  const { model, say } = context;
  /** The buttons of one slice in C order, then the bias where there is one; and their numbers in rows. */
  let buttons: HTMLElement[] = [];
  let rows: number[][] = [];
  let key = "";
  let side = 1;
  let height = 1;
  let columns = 1;
  let bars = false;

  const hasBias = (): boolean => reading.onShow.values.length > reading.onShow.count;
  /** The cell of the kernel behind a button; −1 is none. */
  const cellOf = (nth: number): number => {
    const size = buttons.length - Number(hasBias());
    return nth < 0 ? -1 : nth < size ? nth + reading.slice * size : reading.onShow.count;
  };
  const focus = (cell: number): void => {
    reading.select(cell);
    buttons.find((_, nth) => cellOf(nth) === cell)?.focus({ preventScroll: true });
  };

  const rebuild = (): void => {
    const { shape } = reading.onShow;
    // More room on a projector, less where the Lab must fit on one screen.
    const area = model.get("present") ? 300 : model.get("_view") === "lab" ? 196 : 224;
    const next = `${shape} ${hasBias()} ${area}`;
    if (next === key) return;
    key = next;
    bars = shape.length === 1;
    columns = shape.at(-1)!;
    const count = shape.at(-2) ?? 1;
    const [least, most] = bars ? [10, 40] : [8, 56];
    side = Math.max(least, Math.min(most, Math.floor(area / Math.max(count, columns))));
    height = bars ? Math.max(100, Math.round(area * 0.7)) : side;
    grid.style.setProperty("--kw-cell", `${side}px`);
    grid.style.setProperty("--kw-cell-height", `${height}px`);
    grid.classList.toggle("kw-bars", bars);
    rows = range(count).map((row) => range(columns, row * columns));
    // Beside the last row, where the right arrow finds it.
    if (hasBias()) rows.at(-1)!.push(count * columns);
    buttons = rows.flat().map(() => h("div.kw-cell", { role: "spinbutton" }));
    const cell = (nth: number): HTMLElement =>
      h("div", { role: "gridcell", class: nth === count * columns && "kw-bias" }, buttons[nth]);
    grid.replaceChildren(...rows.map((row) => h("div", { role: "row" }, ...row.map(cell))));
  };
  const move = ([down, right]: readonly [number, number]): void => {
    const lines = rows.map((row) => row.map(cellOf));
    const row = lines.findIndex((cells) => cells.includes(reading.cell));
    const line = lines[row + down];
    if (!line) return;
    const column = lines[row]!.indexOf(reading.cell) + right;
    focus(line[Math.max(0, Math.min(column, line.length - 1))]!);
  };
  const cellAt = (x: number, y: number): number => {
    const root = grid.getRootNode() as Document;
    return cellOf(buttons.indexOf(root.elementFromPoint(x, y) as HTMLElement));
  };
  const grid: HTMLElement = h("div.kw-cells", {
    role: "grid",
    keydown(event: KeyboardEvent) {
      // The host has uses of its own for d d, 0 0, x, a, Esc and the arrows.
      event.stopPropagation();
      const way = keyOf(event, MOVES);
      if (way) move(way);
    },
    pointermove({ clientX, clientY }: PointerEvent) {
      if (reading.over?.holds()) return;
      const cell = cellAt(clientX, clientY);
      if (cell >= 0) say(reading.describe(cell));
    },
    focusin({ target }: Event) {
      const cell = cellOf(buttons.indexOf(target as HTMLElement));
      if (cell < 0) return;
      reading.select(cell);
      say(reading.describe(cell));
    },
  });

  context.onPaint(() => {
    const { onShow: subject, cell: selected } = reading;
    if (!subject.count) return;
    rebuild();
    const { limit } = reading;
    const palette = paletteOf(context);
    const [write, fontPx] = writer(limit, side);
    grid.style.fontSize = `${fontPx}px`;
    buttons.forEach((button, nth) => {
      const { style } = button;
      const cell = cellOf(nth);
      const value = reading.value(cell);
      const color = palette[paletteIndex(value, -limit, limit)]!;
      const typed = cell === selected && reading.typed;
      const part = 50 - 50 * Math.max(-1, Math.min(1, value / limit));
      style.color = typed || bars ? "" : inkOn(color);
      style.background = typed
        ? ""
        : bars
          ? `linear-gradient(#0000 ${Math.min(50, part)}%, ${css(color)} 0 ${Math.max(50, part)}%, #0000 0)`
          : css(color);
      setText(button, typed ? `${typed}|` : write(value));
      const facts = {
        "data-kw-beyond": Math.abs(value) > limit && (value > 0 ? "up" : "down"),
        tabindex: cell === selected ? 0 : -1,
        "aria-label": reading.nameOf(cell),
        "aria-valuenow": rounded(value, 6),
        "aria-valuetext": number(value),
        "aria-readonly": reading.over && can(model, "edit") ? null : "true",
        "aria-description": subject.frozen.has(cell) && "frozen",
      };
      for (const [name, fact] of Object.entries(facts)) setAttribute(button, name, fact);
    });
    const name = `Filter ${subject.out}, input ${subject.input} of ${subject.layer.name}`;
    setAttribute(grid, "data-kw-tool", model.get("tool"));
    setAttribute(grid, "aria-label", `${name}: cells of the kernel`);
  });
  return { grid, cellAt, rangePx: () => (bars ? height : 100), focus };
}
