import { h, setAttribute } from "../ui/dom";
import { ARROWS } from "./cells";
import { reached } from "./compute";
import type { Exploration } from "./exploration";
import { createPanel, type Mark, type Panel } from "./panel";
import { rangeOf, ringAt, type Scene, shapeText } from "./scene";
import { brief, placeText } from "./words";

/** What hands do on outputs: pin, look ahead, walk, play. */
export interface OutputHands {
  pin(row: number, column: number): void;
  preview(place: [number, number] | null): void;
  move(rows: number, columns: number): void;
  toggle(): void;
  end(last: boolean): void;
}

/** Lets a click pin an output, arrows walk, and the pointer look ahead; `side` cells share a cell. */
export function listenToOutput(
  panel: Panel,
  exploration: Exploration,
  hands: OutputHands,
  side: () => number = () => 1,
): void {
  const { frame } = panel;
  const find = (event: MouseEvent): [number, number] | null => {
    const at = panel.cellAt(event);
    const plane = exploration.result?.maps[0];
    if (!at || !plane) return null;
    const tall = plane.rows > 1 ? side() : 1;
    return [Math.min(at[0] * tall, plane.rows - 1), Math.min(at[1] * side(), plane.columns - 1)];
  };
  setAttribute(frame, "tabindex", 0);
  setAttribute(frame, "role", "group");
  frame.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") hands.preview(find(event));
  });
  frame.addEventListener("pointerleave", () => hands.preview(null));
  frame.addEventListener("click", (event) => {
    const at = find(event);
    if (at) hands.pin(...at);
  });
  frame.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = ARROWS[event.key];
    if (by) hands.move(...by);
    else if (event.key === " ") hands.toggle();
    else if (event.key === "Home" || event.key === "End") hands.end(event.key === "End");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** The sum with its bias, then ReLU and pooling. */
export function createOutputs(exploration: Exploration, hands: OutputHands) {
  const node = h("div", { class: "kw-x-results" });
  let panels: Panel[] = [];

  /** How many outputs a cell of this stage stands for, along each side. */
  const sideOf = (nth: number): number => {
    const { result } = exploration;
    return result?.pool && nth === result.stages.length - 1 ? result.pool[1] : 1;
  };
  return {
    node,
    restyle(): void {
      for (const panel of panels) panel.restyle();
    },
    draw(scene: Scene): void {
      const { now, sizes, flat, row, column } = scene;
      if (panels.length !== now.stages.length) {
        panels = now.stages.map(() => createPanel());
        panels.forEach((panel, nth) => {
          listenToOutput(panel, exploration, hands, () => sideOf(nth));
        });
        node.replaceChildren(...panels.map((panel) => panel.node));
      }
      panels.forEach((panel, nth) => {
        const { name, plane } = now.stages[nth]!;
        const side = sideOf(nth);
        const at: [number, number] = [flat ? 0 : Math.floor(row / side), Math.floor(column / side)];
        const inside = at[0] < plane.rows && at[1] < plane.columns;
        const marks: Mark[] = inside ? [ringAt(...at)] : [];
        if (nth === 0 && scene.cell >= 0) {
          for (const output of reached(now, scene.cell)) {
            const place = [Math.floor(output / plane.columns), output % plane.columns] as const;
            marks.push({ ...ringAt(...place), kind: "dots" });
          }
        }
        panel.draw({
          ...scene.color(name, [plane]),
          plane,
          // Where there is room, a pooled cell is as large as the cells that it stands for.
          cell: sizes.output * (sizes.numbers ? 1 : side),
          barsPx: sizes.bars,
          marks,
        });
        const [low, high] = rangeOf(plane.data);
        const facts = `${shapeText(plane)}, ${brief(low)} to ${brief(high)}`;
        const value = brief(plane.data[at[0] * plane.columns + at[1]] ?? 0, 6);
        const here = inside ? `; ${placeText(plane.rows, ...at)}: ${value}` : "";
        panel.say(name, sizes.numbers ? shapeText(plane) : facts, `${name}: ${facts}${here}`);
        setAttribute(
          panel.frame,
          "aria-label",
          `${name}: arrow keys move the window, space slides it`,
        );
      });
    },
  };
}
