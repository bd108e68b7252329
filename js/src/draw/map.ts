import type { Surface } from "./surface";
import { type Picture, paintPicture } from "./tiles";

/**
 * Paints a picture into at most `area` × `area` CSS pixels, each number a whole square; signals as
 * bars. Gives the pixels of one cell; 1/n shows every n-th.
 */
export function drawMap(surface: Surface, picture: Picture, area: number): number {
  const { rows, columns, bars } = picture;
  const ratio = devicePixelRatio;
  const fit = (area * ratio) / Math.max(rows, columns);
  const zoom = fit >= 1 ? Math.floor(fit) : 1 / Math.ceil(1 / fit);
  const width = Math.ceil(columns * zoom);
  const height = Math.ceil(bars ? (area * ratio) / 2 : rows * zoom);
  surface.resize(width, height, ratio);
  paintPicture(surface, 0, 0, picture, width, height);
  surface.put();
  return zoom;
}
