import { drawMap } from "../draw/map";
import { createSurface } from "../draw/surface";
import { correlate, type Plane, pad, plane } from "../lib/convolution";
import { number } from "../lib/format";
import { createPalette } from "../lib/palette";
import { niceAbove } from "../lib/ticks";
import type { Model, ProbePicture } from "../model/model";
import { type Cleanup, h, setAttribute, setText } from "../ui/dom";
import type { Editor, Subject } from "./kernel_editor_state";
import { inputChannel } from "./layer";
import type { Context } from "./view";

const PALETTE = createPalette("gray", false);

interface Picture {
  plane: Plane;
  low: number;
  high: number;
  caption: string;
}

/**
 * The map that the kernel makes of the probe picture. Where the layer reads the picture itself it is
 * computed here, under the hand; deeper layers' maps come with the frames.
 */
export function createProbeMap(context: Context, editor: Editor, cleanup: Cleanup): HTMLElement {
  const { model } = context;
  const canvas = h("canvas", { role: "img" });
  const caption = h("figcaption", { class: "kw-quiet" });
  const node = h("figure", { class: "kw-probe-map" }, canvas, caption);
  const surface = createSurface(canvas);
  let shown: Picture | null = null;
  let padded: { probe: ProbePicture; subject: Subject; plane: Plane } | null = null;
  let limit = 0;

  const nameOf = (sample: number): string => {
    const label = model.get("_info")?.samples[sample];
    return label ? `“${label}”` : "the picture";
  };
  const computed = (subject: Subject, probe: ProbePicture): Picture | null => {
    const { layer, shape } = subject;
    const sizes = probe.shape.slice(1);
    if (sizes.length !== shape.length) return null;
    if (
      padded?.probe !== probe ||
      padded.subject.layer !== layer ||
      padded.subject.input !== subject.input
    ) {
      const channel = inputChannel(layer, subject.out, subject.input);
      const count = sizes.reduce((product, size) => product * size, 1);
      padded = { probe, subject, plane: pad(plane(probe.data, sizes, channel * count), layer) };
    }
    const alone = layer.shape[1] === 1;
    const map = correlate(padded.plane, plane(editor.cells, shape), layer);
    if (map.data.length === 0) return null;
    if (alone && subject.values.length > subject.count) {
      const bias = editor.value(subject.count);
      for (let i = 0; i < map.data.length; i++) map.data[i]! += bias;
    }
    let largest = 0;
    for (const value of map.data) largest = Math.max(largest, Math.abs(value));
    // Like the cells' own range it stands still under the hand, and else moves in 1-2-5 steps.
    if (!editor.inHand || limit === 0) {
      const nice = niceAbove(largest);
      if (nice > limit || nice < limit / 2) limit = nice;
    }
    return {
      plane: map,
      low: -limit,
      high: limit,
      caption: `Its map of ${nameOf(probe.sample)}${alone ? "" : `, input ${subject.input} alone`}`,
    };
  };

  const sent = (subject: Subject): Picture | null => {
    const part = model.frame?.header.map;
    if (!part?.values || part.layer !== subject.layer.name || part.outs[0] !== subject.out)
      return null;
    const { data, shape } = model.frame!.array(part.values);
    if (shape.length > 3) return null;
    return {
      plane: plane(data, shape.slice(1)),
      low: part.low,
      high: part.high,
      caption: `Its map of ${nameOf(part.sample)}, all inputs`,
    };
  };

  const paint = (): void => {
    const subject = editor.subject;
    const probe = model.probe;
    const picture =
      subject && (probe && readsPicture(subject) ? computed(subject, probe) : sent(subject));
    node.hidden = !picture;
    if (!picture) return;
    const { low, high } = picture;
    shown = picture;
    drawMap(surface, picture.plane, { palette: PALETTE, low, high }, areaOf(model));
    setText(caption, picture.caption);
    setAttribute(canvas, "aria-label", `${picture.caption}. Gray from ${rangeOf(picture)}.`);
  };

  cleanup.listen(canvas, "pointermove", (event) => {
    if (!shown) return;
    const { data, rows, columns } = shown.plane;
    const box = canvas.getBoundingClientRect();
    const row = rows > 1 ? Math.floor(((event.clientY - box.top) / box.height) * rows) : 0;
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const value = data[row * columns + column];
    if (value === undefined) return;
    const place = rows > 1 ? `(${row}, ${column})` : `(${column})`;
    context.say(`${shown.caption} at ${place} = ${number(value)}; gray from ${rangeOf(shown)}`);
  });
  cleanup.add(model.on("_probe", () => editor.changed()));
  editor.onPaint(paint);
  return node;
}

function areaOf(model: Model): number {
  if (model.get("present")) return 240;
  return model.get("_view") === "lab" ? 130 : 160;
}

function rangeOf({ low, high }: Picture): string {
  return `${number(low, 0, 1)} to ${number(high, 0, 1)}`;
}

export function readsPicture({ layer, shape }: Subject): boolean {
  return layer.reads_image && !layer.transposed && shape.length <= 2;
}
