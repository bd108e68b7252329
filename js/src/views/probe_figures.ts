import { type Field, type Pixels, paintBars, paintBlock, paintRgb, paintTile } from "../draw/tiles";
import type { LayerInfo } from "../generated/schema";
import type { Plane } from "../lib/convolution";
import { number, shape } from "../lib/format";
import { largest } from "../lib/kernel_stats";
import { createPalette, parseColor } from "../lib/palette";
import type { Model, ProbePicture } from "../model/model";
import type { Theme } from "../ui/theme";
import { type BestFit, findBestFit } from "./best_fit";
import { createFigure } from "./figure";

// A best fit that takes long is looked for less often.
const REST = 8;

/** The probe picture with the best fit boxed, and that spot beside the kernel. */
export function createProbeFigures(model: Model, theme: Theme) {
  const probeFigure = createFigure();
  const spotFigure = createFigure();
  const kernelFigure = createFigure();
  const gray = createPalette("gray", false);
  let best: BestFit | null = null;
  let free = 0;
  let late = 0;

  const drawProbe = (probe: ProbePicture): void => {
    const [channels, ...spatial] = probe.shape as [number, ...number[]];
    const columns = spatial.at(-1)!;
    const rows = spatial.length > 1 ? spatial.at(-2)! : 1;
    const { low, high } = probe;
    const field = { data: probe.data, start: 0, rows, columns };
    probeFigure.draw(rows, columns, (pixels, zoom, height) => {
      paintPicture(pixels, field, channels, zoom, height, low, high);
      if (best && rows > 1) paintBox(pixels, best, zoom);
      else if (best) paintMark(pixels, best, zoom, height);
    });
    const name = model.get("_info")?.samples[probe.sample] ?? String(probe.sample);
    const boxed = best ? `; the spot that ${best.name} answers to most is boxed` : "";
    const dark = channels === 1 || channels === 3 ? "" : `, channel 0 of ${channels}`;
    probeFigure.say(
      `“${name}”${dark}`,
      `Probe picture ${name}, ${shape(spatial)}, ${number(low)} to ${number(high)}${boxed}`,
    );
  };
  /** A picture in gray, in color where it has three channels, or a signal as bars. */
  const paintPicture = (
    pixels: Pixels,
    field: Field,
    channels: number,
    zoom: number,
    height: number,
    low: number,
    high: number,
  ): void => {
    if (channels === 3) paintRgb(pixels, 0, 0, field, zoom, { low, high });
    else if (field.rows > 1) paintTile(pixels, 0, 0, field, zoom, { palette: gray, low, high });
    else paintBars(pixels, 0, 0, field, zoom, height, { palette: ink(), low, high });
  };
  const ink = (): Uint32Array =>
    new Uint32Array(256).fill(parseColor(theme.dark ? "#9da7b3" : "#59636e"));
  const paintMark = (pixels: Pixels, fit: BestFit, zoom: number, height: number): void => {
    const left = Math.round(fit.column * zoom);
    const color = parseColor(theme.dark ? "#79b8ff" : "#0b5cad");
    paintBlock(pixels, left, height - 3, Math.round(fit.columns * zoom), 3, color);
  };
  const paintBox = (pixels: Pixels, fit: BestFit, zoom: number): void => {
    const at = (cell: number): number => Math.round(cell * zoom);
    const box = [at(fit.column), at(fit.row), at(fit.columns), at(fit.rows)] as const;
    // White around blue is seen on every gray.
    frame(pixels, box, 3, 0xffffffff);
    frame(pixels, box, 2, parseColor("#0b5cad"));
    frame(pixels, box, 0, 0xffffffff);
  };

  const drawFit = (fit: BestFit, probe: ProbePicture): void => {
    const [{ rows, columns }] = fit.kernels as [Plane];
    const spot = joined(fit.spot);
    const kernel = joined(fit.kernels);
    spotFigure.draw(rows, columns, (pixels, zoom, height) => {
      const field = { data: spot, start: 0, rows, columns };
      paintPicture(pixels, field, fit.spot.length, zoom, height, probe.low, probe.high);
    });
    const limit = largest(kernel, 0, kernel.length) || 1;
    const palette = createPalette(model.get("palette") ?? "RdBu", theme.dark);
    kernelFigure.draw(rows, columns, (pixels, zoom, height) => {
      const field = { data: kernel, start: 0, rows, columns };
      const colors = { palette, low: -limit, high: limit };
      if (fit.kernels.length === 3) paintRgb(pixels, 0, 0, field, zoom, colors);
      else if (rows > 1) paintTile(pixels, 0, 0, field, zoom, colors);
      else paintBars(pixels, 0, 0, field, zoom, height, colors);
    });
    spotFigure.say("spot", `The spot of the picture that ${fit.name} answers to most`);
    kernelFigure.say(fit.name, `The kernel of ${fit.name}`);
  };

  const draw = (layer: LayerInfo): void => {
    const probe = model.probe;
    const now = performance.now();
    clearTimeout(late);
    if (now < free) late = window.setTimeout(() => draw(layer), free - now);
    else {
      best = findBestFit(model, layer);
      free = performance.now() + REST * (performance.now() - now);
    }
    probeFigure.node.hidden = !probe;
    for (const { node } of [spotFigure, kernelFigure]) node.hidden = !best || !probe;
    if (!probe) return;
    drawProbe(probe);
    if (best) drawFit(best, probe);
  };
  return {
    probe: probeFigure.node,
    spot: spotFigure.node,
    kernel: kernelFigure.node,
    get best() {
      return best;
    },
    /** Sets the size of the picture, and of the spot and kernel, in CSS pixels. */
    resize(probe: number, spot: number): void {
      probeFigure.size = probe;
      spotFigure.size = kernelFigure.size = spot;
    },
    /** Draws the picture on show and where the selected kernel fits it best. */
    draw,
    destroy: () => clearTimeout(late),
  };
}

/** A frame one pixel wide, `out` pixels outside a box, or for 0 inside it. */
function frame(
  pixels: Pixels,
  [x, y, width, height]: readonly [number, number, number, number],
  out: number,
  color: number,
): void {
  const thick = out === 2 ? 2 : 1;
  const [left, top, right, bottom] = [x - out, y - out, x + width + out, y + height + out];
  paintBlock(pixels, left, top, right - left, thick, color);
  paintBlock(pixels, left, bottom - thick, right - left, thick, color);
  paintBlock(pixels, left, top, thick, bottom - top, color);
  paintBlock(pixels, right - thick, top, thick, bottom - top, color);
}

function joined(planes: readonly Plane[]): Float64Array {
  const size = planes[0]!.data.length;
  const data = new Float64Array(size * planes.length);
  planes.forEach((each, nth) => {
    for (let i = 0; i < size; i++) data[nth * size + i] = each.data[i]!;
  });
  return data;
}
