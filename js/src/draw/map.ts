import type { Plane } from "../lib/convolution";
import type { Surface } from "./surface";
import { type Colors, paintBars, paintTile } from "./tiles";

/** Paints a map into at most `area` × `area` CSS pixels, each number a whole square; signals as bars. */
export function drawMap(surface: Surface, plane: Plane, colors: Colors, area: number): void {
  const { rows, columns } = plane;
  const ratio = globalThis.devicePixelRatio || 1;
  const fit = (area * ratio) / Math.max(rows, columns);
  const zoom = fit >= 1 ? Math.floor(fit) : 1 / Math.ceil(1 / fit);
  const across = (size: number): number => Math.ceil(size * zoom);
  const height = rows === 1 ? Math.round(area * ratio * 0.6) : across(rows);
  surface.resize(across(columns), height, ratio);
  const field = { data: plane.data, start: 0, rows, columns };
  if (rows === 1) paintBars(surface, 0, 0, field, zoom, height, colors);
  else paintTile(surface, 0, 0, field, zoom, colors);
  surface.put();
}
