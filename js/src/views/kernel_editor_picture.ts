import { createSurface } from "../draw/surface";
import { paintBars, paintTile } from "../draw/tiles";
import { createPalette } from "../lib/palette";
import { h } from "../ui/dom";
import type { Context } from "./view";

const SIZE_PX = 22;

/** A kernel as large as a line of text, for menus; of a 3-D kernel its middle slice. */
export function kernelPicture(
  values: readonly number[],
  shape: readonly number[],
  limit: number,
  { model, theme }: Context,
): HTMLCanvasElement {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const ratio = globalThis.devicePixelRatio || 1;
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const start = Math.floor((shape.at(-3) ?? 1) / 2) * rows * columns;
  const zoom = Math.max(1, Math.floor((SIZE_PX * ratio) / Math.max(rows, columns)));
  const colors = {
    palette: createPalette(model.get("palette") ?? "RdBu", theme.dark),
    low: -limit,
    high: limit,
  };
  const field = { data: values, start, rows, columns };
  const surface = createSurface(canvas);
  const height = rows === 1 ? Math.round(SIZE_PX * ratio) : rows * zoom;
  surface.resize(columns * zoom, height, ratio);
  if (rows === 1) paintBars(surface, 0, 0, field, zoom, height, colors);
  else paintTile(surface, 0, 0, field, zoom, colors);
  surface.put();
  return canvas;
}
