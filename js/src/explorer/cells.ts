import { type Cleanup, h, setAttribute } from "../ui/dom";
import { brief } from "./words";

export interface CellsOptions {
  /** Spoken name of a cell, counted row by row. */
  nameOf(row: number, column: number): string;
  label: string;
  onSet(index: number, value: number): void;
}

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

const ARROWS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const DRAG_PX = 5;

/** The step of a cell: whole numbers stay whole. */
function stepFor(value: number, largest: number): number {
  if (largest >= 2 && Number.isInteger(value)) return 1;
  const step = 10 ** Math.floor(Math.log10(Math.max(largest, 1e-6) / 5));
  return Number(step.toPrecision(1));
}

export function createCells(options: CellsOptions, cleanup: Cleanup): Cells {
  const node = h("div", { class: "kw-x-cells", role: "grid", "aria-label": options.label });
  let fields: HTMLInputElement[] = [];
  let values: ArrayLike<number> = [];
  let largest = 1;
  let columns = 1;
  let key = "";
  let drag: { index: number; y: number; value: number; moved: boolean } | null = null;

  const show = (index: number): void => {
    const field = fields[index]!;
    const value = values[index] ?? 0;
    if (field.dataset.kwTyping === undefined) field.value = brief(value, 6).replace("−", "-");
    setAttribute(field, "aria-valuenow", value);
  };
  const stopTyping = (field: HTMLInputElement): void => {
    delete field.dataset.kwTyping;
    show(fields.indexOf(field));
  };
  const commit = (field: HTMLInputElement): void => {
    if (field.dataset.kwTyping === undefined) return;
    const value = Number(field.value.trim().replace("−", "-").replace(",", "."));
    const filled = field.value.trim() !== "" && Number.isFinite(value);
    delete field.dataset.kwTyping;
    if (filled) options.onSet(fields.indexOf(field), value);
    show(fields.indexOf(field));
  };
  const change = (index: number, steps: number): void => {
    const step = stepFor(values[index]!, largest);
    options.onSet(index, Number((values[index]! + steps * step).toPrecision(9)));
  };
  const goTo = (index: number): void => {
    const field = fields[index];
    if (!field) return;
    fields.forEach((each, i) => {
      setAttribute(each, "tabindex", i === index ? 0 : -1);
    });
    field.focus();
    field.select();
  };
  const indexOf = (event: Event): number => fields.indexOf(event.target as HTMLInputElement);

  cleanup.listen(node, "input", (event) => {
    (event.target as HTMLInputElement).dataset.kwTyping = "";
  });
  cleanup.listen(node, "focusout", (event) => {
    if (indexOf(event) >= 0) commit(event.target as HTMLInputElement);
  });
  cleanup.listen(node, "keydown", (event) => {
    event.stopPropagation();
    const index = indexOf(event);
    const field = fields[index];
    if (!field) return;
    const typing = field.dataset.kwTyping !== undefined;
    const arrow = ARROWS[event.key];
    const pages = { PageUp: 1, PageDown: -1 }[event.key];
    if (arrow && !(typing && arrow[1] !== 0)) {
      commit(field);
      const column = (index % columns) + arrow[1];
      if (column >= 0 && column < columns) goTo(index + arrow[0] * columns + arrow[1]);
    } else if (pages) {
      commit(field);
      change(index, event.shiftKey ? pages * 10 : pages);
    } else if (event.key === "Enter") {
      commit(field);
      field.select();
    } else if (event.key === "Escape") stopTyping(field);
    else return;
    event.preventDefault();
  });
  cleanup.listen(node, "pointerdown", (event) => {
    const index = indexOf(event);
    if (index < 0 || event.button !== 0) return;
    if (event.pointerType === "mouse") {
      event.preventDefault();
      goTo(index);
    } else if (document.activeElement !== fields[index]) return;
    drag = { index, y: event.clientY, value: values[index]!, moved: false };
    fields[index]!.setPointerCapture?.(event.pointerId);
  });
  cleanup.listen(node, "pointermove", (event) => {
    if (!drag) return;
    const steps = Math.round((drag.y - event.clientY) / DRAG_PX);
    if (steps === 0 && !drag.moved) return;
    drag.moved = true;
    const step = stepFor(drag.value, largest);
    options.onSet(drag.index, Number((drag.value + steps * step).toPrecision(9)));
  });
  for (const type of ["pointerup", "pointercancel"] as const) {
    cleanup.listen(node, type, () => {
      drag = null;
    });
  }

  return {
    node,
    place(place) {
      node.hidden = !place;
      if (!place) return;
      node.style.left = `${place.left}px`;
      node.style.top = `${place.top}px`;
      node.style.setProperty("--kw-cell", `${place.cell}px`);
      node.style.setProperty("--kw-cell-height", `${place.height}px`);
      const next = `${place.rows} ${place.columns}`;
      if (next === key) return;
      key = next;
      columns = place.columns;
      fields = Array.from({ length: place.rows * columns }, (_, i) =>
        h("input", {
          role: "spinbutton",
          inputmode: "decimal",
          autocomplete: "off",
          tabindex: i === 0 ? 0 : -1,
          "aria-label": options.nameOf(Math.floor(i / columns), i % columns),
        }),
      );
      node.replaceChildren(
        ...Array.from({ length: place.rows }, (_, row) =>
          h(
            "div",
            { role: "row" },
            ...fields
              .slice(row * columns, (row + 1) * columns)
              .map((field) => h("div", { role: "gridcell" }, field)),
          ),
        ),
      );
    },
    update(next, most) {
      values = next;
      largest = most;
      fields.forEach((_, index) => {
        show(index);
      });
    },
  };
}
