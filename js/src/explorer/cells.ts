import { h, setAttribute } from "../ui/dom";
import { brief } from "./words";

export interface CellsPlace {
  rows: number;
  columns: number;
  /** CSS pixels of a cell, and of its height where it is none (bars). */
  cell: number;
  height: number;
  left: number;
  top: number;
}

/** Fields over painted cells: numbers are typed, stepped by Page Up and Down, or dragged. */
export interface Cells {
  readonly node: HTMLElement;
  /** Lays the fields out; null takes them away. */
  place(place: CellsPlace | null): void;
  /** Tells the fields what stands in the cells. */
  update(values: ArrayLike<number>, largest: number): void;
}

/** How arrows move through rows and columns. */
export const ARROWS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const PAGES: Record<string, number> = { PageUp: 1, PageDown: -1 };
const DRAG_PX = 5;

/** `name` begins what a cell is called, `nameOf` ends it; rows and columns count from 0. */
export function createCells(
  name: string,
  nameOf: (row: number, column: number) => string,
  onSet: (index: number, value: number) => void,
): Cells {
  let fields: HTMLInputElement[] = [];
  let values: ArrayLike<number> = [];
  let largest = 1;
  let columns = 1;
  let key = "";
  let typing: HTMLInputElement | null = null;
  let drag: { index: number; y: number; value: number; moved: boolean } | null = null;

  const show = (field: HTMLInputElement, index: number): void => {
    const value = values[index] ?? 0;
    if (field !== typing) field.value = brief(value, 6).replace("−", "-");
    setAttribute(field, "aria-valuenow", value);
  };
  const endTyping = (keep: boolean): void => {
    const field = typing;
    if (!field) return;
    const text = field.value.trim();
    const value = Number(text.replace("−", "-").replace(",", "."));
    typing = null;
    field.removeAttribute("data-kw-typing");
    const index = fields.indexOf(field);
    if (keep && text && Number.isFinite(value)) onSet(index, value);
    show(field, index);
  };
  /** Whole numbers stay whole. */
  const change = (index: number, from: number, steps: number): void => {
    const step =
      largest >= 2 && Number.isInteger(from)
        ? 1
        : 10 ** Math.floor(Math.log10(Math.max(largest, 1e-6) / 5));
    onSet(index, Number((from + steps * step).toPrecision(9)));
  };
  const goTo = (index: number): void => {
    fields.forEach((field, i) => {
      setAttribute(field, "tabindex", i === index ? 0 : -1);
    });
    fields[index]?.focus();
    fields[index]?.select();
  };
  const indexOf = (event: Event): number => fields.indexOf(event.target as HTMLInputElement);
  const release = (): void => {
    drag = null;
  };

  const node = h("div", {
    class: "kw-x-cells",
    role: "grid",
    "aria-label": `${name} cells`,
    input({ target }: InputEvent) {
      typing = target as HTMLInputElement;
      typing.setAttribute("data-kw-typing", "");
    },
    focusout: () => endTyping(true),
    keydown(event: KeyboardEvent) {
      event.stopPropagation();
      const index = indexOf(event);
      const [down, across] = ARROWS[event.key] ?? [0, 0];
      const pages = PAGES[event.key];
      if (down || (across && !typing)) {
        endTyping(true);
        const column = (index % columns) + across;
        const next = index + down * columns + across;
        if (column >= 0 && column < columns && fields[next]) goTo(next);
      } else if (pages) {
        endTyping(true);
        change(index, values[index]!, event.shiftKey ? pages * 10 : pages);
      } else if (/^(Enter|Escape)$/.test(event.key)) {
        endTyping(event.key === "Enter");
        fields[index]?.select();
      } else return;
      event.preventDefault();
    },
    pointerdown(event: PointerEvent) {
      const index = indexOf(event);
      if (index < 0 || event.button !== 0) return;
      if (event.pointerType === "mouse") {
        event.preventDefault();
        goTo(index);
        // A finger selects by a tap and then drags, so that one that scrolls changes nothing.
      } else if (!fields[index]!.matches(":focus")) return;
      drag = { index, y: event.clientY, value: values[index]!, moved: false };
      fields[index]!.setPointerCapture?.(event.pointerId);
    },
    pointermove(event: PointerEvent) {
      const steps = drag ? Math.round((drag.y - event.clientY) / DRAG_PX) : 0;
      if (!drag || !(steps || drag.moved)) return;
      drag.moved = true;
      change(drag.index, drag.value, steps);
    },
    pointerup: release,
    pointercancel: release,
  });

  return {
    node,
    place(place) {
      node.hidden = !place;
      if (!place) return;
      const { rows, cell, height, left, top } = place;
      node.style.cssText = `left:${left}px;top:${top}px;--kw-cell:${cell}px;--kw-tall:${height}px`;
      const next = `${rows} ${place.columns}`;
      if (next === key) return;
      key = next;
      columns = place.columns;
      fields = Array.from({ length: rows * columns }, (_, i) =>
        h("input", {
          role: "spinbutton",
          inputmode: "decimal",
          autocomplete: "off",
          tabindex: i === 0 ? 0 : -1,
          "aria-label": `${name} ${nameOf(Math.floor(i / columns), i % columns)}`,
        }),
      );
      const line = (row: number) => fields.slice(row * columns, (row + 1) * columns);
      node.replaceChildren(
        ...Array.from({ length: rows }, (_, row) =>
          h(
            "div",
            { role: "row" },
            ...line(row).map((each) => h("div", { role: "gridcell" }, each)),
          ),
        ),
      );
    },
    update(next, most) {
      values = next;
      largest = most;
      fields.forEach(show);
    },
  };
}
