import { createSurface } from "../draw/surface";
import type { Pixels } from "../draw/tiles";
import { h, setAttribute, setText } from "../ui/dom";

/** A single picture with words under it. */
export interface Figure {
  readonly node: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  /** Pixels of one cell as last drawn; 1/n shows every n-th cell. */
  readonly zoom: number;
  /** Width and height to fill, in CSS pixels. */
  size: number;
  /** Draws `rows` × `columns` cells as large as they fit; a signal (one row) gets bars of height. */
  draw(
    rows: number,
    columns: number,
    paint: (pixels: Pixels, zoom: number, height: number) => void,
  ): void;
  say(caption: string, picture: string): void;
}

export function createFigure(): Figure {
  const canvas = h("canvas", { role: "img", class: "kw-pixels" });
  const caption = h("figcaption");
  const node = h("figure", { class: "kw-figure" }, canvas, caption);
  const surface = createSurface(canvas);
  let zoom = 1;
  return {
    node,
    canvas,
    get zoom() {
      return zoom;
    },
    size: 0,
    draw(rows, columns, paint) {
      const ratio = devicePixelRatio || 1;
      const longest = Math.max(rows, columns);
      const most = Math.floor(this.size * ratio);
      zoom = longest <= most ? Math.floor(most / longest) : 1 / Math.ceil(longest / most);
      const extent = (cells: number): number =>
        zoom < 1 ? Math.ceil(cells * zoom) : Math.round(cells * zoom);
      const height = rows > 1 ? extent(rows) : Math.round(0.5 * most);
      surface.resize(extent(columns), height, ratio);
      paint(surface, zoom, height);
      surface.put();
    },
    say(text, picture) {
      setText(caption, text);
      setAttribute(canvas, "aria-label", picture);
    },
  };
}
