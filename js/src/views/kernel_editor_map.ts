import type { Picture } from "../draw/tiles";
import { plane } from "../lib/convolution";
import { number } from "../lib/format";
import { heldLimit, largest } from "../lib/kernel_stats";
import { createPalette } from "../lib/palette";
import { createFigure } from "./figure";
import type { Reading } from "./kernel_editor_state";
import { readCell } from "./read_cell";
import { paddedProbe, seeThrough } from "./seen_through";
import type { Context } from "./view";

const PALETTE = createPalette("gray", false);

/**
 * The map that the kernel makes of the probe picture. Where the layer reads the picture itself it is
 * computed here, under the hand; deeper layers' maps come with the frames.
 */
export function createProbeMap(context: Context, reading: Reading): HTMLElement {
  const { model, say } = context;
  const figure = createFigure();
  let shown: Picture | null = null;
  let words = "";
  let range = "";
  let limit = 0;

  const computed = (): Picture | null => {
    const { layer, out, input, shape, count, values } = reading.onShow;
    const padded = paddedProbe(model, layer);
    if (!padded) return null;
    const { data, rows, columns } = seeThrough(layer, padded, reading.kernel(), 0, out, [input]);
    const alone = layer.shape[1] === 1;
    if (alone && values.length > count) {
      const bias = reading.value(count);
      for (let i = 0; i < data.length; i++) data[i]! += bias;
    }
    // Like the cells' own range it stands still under the hand, and else moves in 1-2-5 steps.
    if (!reading.over?.holds() || limit === 0)
      limit = heldLimit(limit, largest(data, 0, data.length));
    words = `${nameOf(model.probe!.sample)}${alone ? "" : `, input ${input} alone`}`;
    const bars = shape.length === 1;
    return { data, start: 0, rows, columns, palette: PALETTE, low: -limit, high: limit, bars };
  };
  const sent = (): Picture | null => {
    const { layer, out } = reading.onShow;
    const part = model.frame?.header.map;
    if (!part?.values || part.layer !== layer.name || part.outs[0] !== out) return null;
    const { data, shape } = model.frame!.array(part.values);
    if (shape.length > 3) return null;
    const { low, high, sample } = part;
    words = `${nameOf(sample)}, all inputs`;
    const bars = shape.length === 2;
    return { ...plane(data, shape.slice(1)), start: 0, palette: PALETTE, low, high, bars };
  };
  const nameOf = (sample: number): string => {
    const label = model.get("_info")?.samples[sample];
    return `Its map of ${label ? `“${label}”` : "the picture"}`;
  };

  context.onPaint(() => {
    shown = computed() ?? sent();
    if (shown) range = `gray from ${number(shown.low, 0, 1)} to ${number(shown.high, 0, 1)}`;
    const area = model.get("present") ? 240 : model.get("_view") === "lab" ? 130 : 160;
    figure.draw(shown, area, words, `${words}, ${range}`);
  });
  figure.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    const { clientWidth, clientHeight } = figure.canvas;
    const cell = shown && readCell(shown, offsetX / clientWidth, offsetY / clientHeight);
    if (cell) say(`${words} at ${cell[0]} = ${cell[1]}; ${range}`);
  });
  return figure.node;
}
