import { drawMap } from "../draw/map";
import { createSurface } from "../draw/surface";
import type { Picture } from "../draw/tiles";
import { h, setAttribute, setText } from "../ui/dom";

/** A single picture with words under it. */
export function createFigure() {
  const canvas = h("canvas", { role: "img" });
  const caption = h("figcaption.kw-small kw-cut");
  const surface = createSurface(canvas);
  const node = h("figure.kw-figure kw-stack", {}, canvas, caption);
  return {
    node,
    canvas,
    /** Draws into `area` × `area` CSS pixels; without a picture there is no figure. */
    draw(picture: Picture | null, area: number, text = "", title = text): void {
      node.hidden = !picture;
      if (!picture) return;
      drawMap(surface, picture, area);
      setText(caption, text);
      setAttribute(canvas, "aria-label", title);
    },
    /** Boxes cells of what was drawn: white around a color is seen on every gray. */
    box([x, y, width, height]: readonly number[], { columns, bars }: Picture, color: string): void {
      const pen = surface.context;
      const zoom = surface.width / columns;
      const at = (cell: number): number => Math.round(cell * zoom);
      for (const [line, ink] of [
        [4, "#fff"],
        [2, color],
      ] as const) {
        pen.lineWidth = line;
        pen.strokeStyle = ink;
        pen.strokeRect(
          at(x!) - 1,
          bars ? -1 : at(y!) - 1,
          at(width!) + 2,
          (bars ? surface.height : at(height!)) + 2,
        );
      }
    },
  };
}
