import { ARROWS } from "../explorer/cells";
import type { Panel } from "../explorer/panel";
import { setAttribute } from "../ui/dom";

export interface CellHands {
  /** Chooses a cell by its place. */
  pin(row: number, column: number): void;
  move(rows: number, columns: number): void;
  end(last: boolean): void;
  toggle(): void;
}

/** Lets a click choose a cell of a kernel and arrows walk through them; space plays. */
export function listenToCells(panel: Panel, hands: CellHands): void {
  const { frame } = panel;
  setAttribute(frame, "tabindex", 0);
  setAttribute(frame, "role", "group");
  frame.addEventListener("click", (event) => {
    const at = panel.cellAt(event);
    if (at) hands.pin(...at);
  });
  frame.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = ARROWS[event.key];
    if (by) hands.move(...by);
    else if (event.key === "Home" || event.key === "End") hands.end(event.key === "End");
    else if (event.key === " ") hands.toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
