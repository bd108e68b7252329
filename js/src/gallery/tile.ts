import { createSurface } from "../draw/surface";
import { h, setAttribute, setText } from "../ui/dom";
import type { Response } from "./filtering";
import type { Kernel } from "./kernels";
import { type Paints, paintKernel, paintResponse } from "./paint";

/** The picture through one kernel, with the kernel and its name below. */
export interface Tile {
  readonly node: HTMLElement;
  readonly kernel: Kernel;
  response: Response | null;
  /** Whether it is on the screen. */
  seen: boolean;
  show(kernel: Kernel): void;
  /** Paints the response, if it is another one than before or everything looks different now. */
  paint(paints: Paints): void;
  /** Paints the kernel likewise, at most so many CSS pixels large. */
  paintKernel(paints: Paints, area: number): void;
}

export function createTile(first: Kernel): Tile {
  const picture = createSurface(h("canvas.kw-g-picture"));
  const drawing = createSurface(h("canvas.kw-pixels"));
  const text = h("span.kw-g-name");
  const node = h(
    "div.kw-g-tile",
    { role: "option" },
    h("span.kw-g-frame", {}, picture.canvas),
    h("span.kw-g-caption", {}, drawing.canvas, text),
  );
  let kernel = first;
  let [painted, drawn]: unknown[][] = [[], []];
  const changed = (before: unknown[], now: unknown[]): boolean =>
    now.some((part, nth) => part !== before[nth]);
  return {
    node,
    get kernel() {
      return kernel;
    },
    response: null,
    seen: true,
    show(next) {
      kernel = next;
      setText(text, next.name);
      setAttribute(node, "aria-label", `${next.fullName}, ${next.size.join("×")}`);
    },
    paint(paints) {
      const now = [this.response, paints];
      if (!this.response || !changed(painted!, now)) return;
      painted = now;
      paintResponse(picture, this.response, paints);
    },
    paintKernel(paints, area) {
      const now = [kernel, paints, area];
      if (!changed(drawn!, now)) return;
      drawn = now;
      paintKernel(drawing, kernel, paints, area);
    },
  };
}
