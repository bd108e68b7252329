import { type Pixels, paintBars, paintBlock, paintRgb, paintTile } from "../draw/tiles";
import { decimals, fixed, number } from "../lib/format";
import { heldLimit } from "../lib/kernel_stats";
import { createPalette, inkOn, paletteIndex, parseColor } from "../lib/palette";
import { eachTile, type Span2, type Tiling } from "../lib/tiling";
import type { Model } from "../model/model";
import type { Theme } from "../ui/theme";
import type { Board } from "./board";
import type { Aim, KernelNumbers } from "./kernel_numbers";
import { createSeenThrough, type SeenMap, type SeenThrough } from "./seen_through";

const COMPUTE_MS = 8;
const NUMBER_FROM_PX = 30;

/** Paints the tiles of a kernel grid, and what is written on and around them. */
export function createKernelPainter(model: Model, theme: Theme, numbers: KernelNumbers) {
  const seen: SeenThrough = createSeenThrough();
  let palette: Uint32Array = new Uint32Array(256);
  let shades: Uint32Array = new Uint32Array(256);
  let aim: Aim | null = null;
  let board: Board | null = null;
  let sees = false;
  let largestNorm = 1;
  let seenLimit = 0;

  const px = (size: number): number => Math.round(size * board!.ratio);
  const font = (): string => `${px(10)}px system-ui, sans-serif`;
  const step = (tiling: Tiling): number => Math.max(1, Math.round(1 / tiling.zoom));
  const seenMap = (index: number, tiling: Tiling): SeenMap | null => {
    const start = numbers.startOf(index);
    if (start < 0) return null;
    const { outOf, inputOf, values } = numbers;
    return seen.map(values!.data, start, outOf(index), inputOf(index), step(tiling));
  };

  const painter = {
    seen,
    /** The palette on show: where three inputs are one color, lightness alone is left for the rest. */
    get palette() {
      return aim?.arrangement.kind === "rgb" ? shades : palette;
    },
    restyle(): void {
      palette = createPalette(model.get("palette") ?? "RdBu", theme.dark);
      shades = createPalette("gray", theme.dark);
    },
    /** Turns to other kernels; with `through`, tiles are maps of the probe picture. */
    aim(next: Aim, on: Board, through: boolean): void {
      if (next.layer !== aim?.layer || through !== sees) seenLimit = 0;
      aim = next;
      board = on;
      sees = through;
    },
    begin(tiling: Tiling, visible: Span2): void {
      if (!numbers.values) return;
      let most = 0;
      if (sees) {
        seen.begin(COMPUTE_MS);
        eachTile(tiling, visible, (index) => {
          most = Math.max(most, seenMap(index, tiling)?.largest ?? 0);
        });
        if (most > 0) seenLimit = heldLimit(seenLimit, most);
      } else if (tiling.caption > 0) {
        eachTile(tiling, visible, (index) => {
          const start = numbers.startOf(index);
          if (start >= 0) most = Math.max(most, numbers.statsOf(start).norm);
        });
        largestNorm = most;
      }
    },
    paint(pixels: Pixels, index: number, x: number, y: number, tiling: Tiling): void {
      const start = numbers.startOf(index);
      if (start < 0 || !numbers.values) return;
      const { kind, rows, columns } = aim!.arrangement;
      let { zoom } = tiling;
      let limit: number;
      let field = { data: numbers.values.data as ArrayLike<number>, start, rows, columns };
      if (sees) {
        const map = seenMap(index, tiling);
        if (!map) return;
        limit = (model.get("scale") === "kernel" && map.largest) || seenLimit;
        field = { ...map, start: 0 };
        zoom = Math.max(1, zoom);
      } else limit = numbers.limitOf(start);
      const colors = { palette, low: -limit, high: limit };
      if (kind === "rgb") paintRgb(pixels, x, y, field, zoom, colors);
      else if (kind === "bars") paintBars(pixels, x, y, field, zoom, tiling.height, colors);
      else paintTile(pixels, x, y, field, zoom, colors);
      if (tiling.caption > 0) paintCaption(pixels, index, start, x, y + tiling.height, tiling);
    },
    /** Numbers into cells that are large enough, and a stroke through dead kernels. */
    write(context: CanvasRenderingContext2D, index: number, x: number, y: number): void {
      const start = numbers.startOf(index);
      const tiling = board?.tiling;
      if (start < 0 || !tiling || sees) return;
      if (numbers.isDead(start)) {
        context.strokeStyle = board!.inks.soft;
        context.lineWidth = px(1);
        context.beginPath();
        context.moveTo(x, y + tiling.height);
        context.lineTo(x + tiling.width, y);
        context.stroke();
      }
      const { kind, rows, columns } = aim!.arrangement;
      const fits = kind === "plain" && tiling.zoom >= px(NUMBER_FROM_PX);
      if (fits && model.get("numbers") !== false) {
        const limit = numbers.limitOf(start);
        const { data, error } = numbers.values!;
        const places = decimals(limit, error, 2);
        context.font = font();
        context.textAlign = "center";
        context.textBaseline = "middle";
        for (let i = 0; i < rows * columns; i++) {
          const value = data[start + i]!;
          context.fillStyle = inkOn(palette[paletteIndex(value, -limit, limit)]!);
          const left = x + ((i % columns) + 0.5) * tiling.zoom;
          const top = y + (Math.floor(i / columns) + 0.5) * tiling.zoom;
          context.fillText(fixed(value, places), left, top);
        }
      }
    },
    mark(context: CanvasRenderingContext2D, index: number, x: number, y: number): void {
      const tiling = board?.tiling;
      if (!tiling?.caption) return;
      context.fillStyle = board!.inks.soft;
      context.font = font();
      context.textAlign = "left";
      context.fillText(String(numbers.outOf(index)), x, y + tiling.height + px(11));
    },
    /** Numbers of filters and inputs at the edges of a matrix, as many as there is room for. */
    head(context: CanvasRenderingContext2D, side: "row" | "column", nth: number, at: number): void {
      const { perFilter, depth } = aim!.arrangement;
      const tiling = board!.tiling!;
      const place = side === "row" ? nth : Math.floor(nth / depth);
      if (perFilter === 1 || (side === "column" && nth % depth !== 0)) return;
      const room =
        side === "row" ? tiling.height : (tiling.width + tiling.gap) * depth - tiling.gap;
      const each = px(side === "row" ? 13 : 20) / (room + tiling.gap);
      if (place % ([1, 2, 5, 10, 20, 50].find((n) => n >= each) ?? 100) !== 0) return;
      context.font = font();
      context.fillStyle = board!.inks.soft;
      context.textAlign = side === "row" ? "right" : "center";
      if (side === "column") context.fillText(String(place), at, px(8));
      else context.fillText(String(numbers.outOf(nth * perFilter)), tiling.left - px(8), at);
    },
    /** The ends of the color bar, and what else there is to know about the colors. */
    scale(): { low: string; high: string; hint: string } {
      const tiling = board?.tiling;
      const sampled = sees && tiling && step(tiling) > 1 ? `, every ${step(tiling)} pixels` : "";
      const square = numbers.biases ? " · square: bias" : "";
      const legend = tiling?.caption ? `line: norm${square}` : "";
      const rgb = aim?.arrangement.kind === "rgb" ? "three inputs as one color" : "";
      const hint = sees ? `without bias${sampled}` : [rgb, legend].filter(Boolean).join(" · ");
      if (model.get("scale") === "kernel") {
        return {
          low: "−max",
          high: "max",
          hint: `each on its own scale${hint && ` · ${hint}`}`,
        };
      }
      const limit = sees ? seenLimit : (numbers.part?.limit ?? 0);
      if (!(limit > 0)) return { low: "", high: "", hint };
      return { low: number(-limit, 0, 1), high: number(limit, 0, 1), hint };
    },
  };

  /** A bar as long as the norm (against the longest in sight), and the bias as a cell of its own. */
  function paintCaption(
    pixels: Pixels,
    index: number,
    start: number,
    x: number,
    y: number,
    { width }: Tiling,
  ): void {
    if (!sees && largestNorm > 0) {
      const length = Math.round((numbers.statsOf(start).norm / largestNorm) * width);
      paintBlock(pixels, x, y + px(3), length, px(1), parseColor(board!.inks.soft));
    }
    const bias = numbers.biasOf(index);
    if (bias === null) return;
    const { limit } = numbers.part!;
    const color = painter.palette[paletteIndex(bias, -limit, limit)]!;
    paintBlock(pixels, x + width - px(8), y + px(7), px(8), px(8), color);
  }

  painter.restyle();
  return painter;
}
