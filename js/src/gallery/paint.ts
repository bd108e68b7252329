import { drawMap } from "../draw/map";
import type { Surface } from "../draw/surface";
import { paintTile } from "../draw/tiles";
import { createPalette, type PaletteName } from "../lib/palette";
import type { Picture } from "../lib/pixels";
import type { Response } from "./filtering";
import type { Kernel } from "./kernels";
import type { Shown } from "./store";

/** From so many CSS pixels for a pixel of the picture on, it is not smoothed. */
const COARSE = 2.5;

/** The colors of the gallery for one theme. */
export interface Paints {
  name: PaletteName;
  dark: boolean;
  signed: Uint32Array;
  gray: Uint32Array;
}

export function createPaints(name: PaletteName, dark: boolean): Paints {
  return { name, dark, signed: createPalette(name, dark), gray: createPalette("gray", dark) };
}

/** Paints one pixel for each number. */
export function paintResponse(surface: Surface, response: Response, paints: Paints): void {
  paintPlanes(surface, response, response.isPicture ? paints.gray : paints.signed, response);
}

export function paintShown(surface: Surface, shown: Shown, paints: Paints): void {
  paintPlanes(surface, shown.picture, paints.gray, shown);
}

function paintPlanes(
  surface: Surface,
  { channels, rows, columns, data }: Picture,
  palette: Uint32Array,
  { low, high }: { low: number; high: number },
): void {
  surface.resize(columns, rows);
  const field = { data, start: 0, rows, columns };
  paintTile(surface, 0, 0, { ...field, palette, low, high, rgb: channels === 3 }, 1);
  surface.put();
  // Pictures of few pixels keep them; others are scaled smoothly.
  const coarse = surface.canvas.clientWidth > COARSE * columns;
  surface.canvas.style.imageRendering = coarse ? "pixelated" : "auto";
}

/** Draws a kernel about `area` × `area` CSS pixels large; in color, if it reads colors. */
export function paintKernel(surface: Surface, kernel: Kernel, paints: Paints, area: number): void {
  const { values: data, start, size, limit, depth } = kernel;
  const [rows, columns] = size;
  const cells = Math.max(rows, columns);
  const rgb = depth === 3;
  const colors = { palette: paints.signed, low: -limit, high: limit };
  drawMap(
    surface,
    { data, start, rows, columns, ...colors, rgb },
    Math.max(1, Math.round(area / cells)) * cells,
  );
}
