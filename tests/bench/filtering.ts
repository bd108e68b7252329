/** What `bench_filtering` times in the browser: the code of the views themselves. */
import { asLayer, compute } from "../../js/src/explorer/compute";
import { createSurface } from "../../js/src/draw/surface";
import { createFilter } from "../../js/src/gallery/filtering";
import { createPaints, paintResponse } from "../../js/src/gallery/paint";
import { reduced } from "../../js/src/lib/pixels";

const KERNEL = 11;
const paints = createPaints("RdBu", false);
const random = (count: number) => Float64Array.from({ length: count }, Math.random);
const weights = random(KERNEL * KERNEL).map((value) => value - 0.5);

/** Milliseconds from a new picture of so many pixels a side to the painted response of one kernel. */
function gallery(side: number, resolution: number): number {
  const whole = { channels: 1, rows: side, columns: side, data: random(side * side) };
  const surface = createSurface(document.createElement("canvas"));
  const kernel = {
    ...{ name: "", fullName: "", size: [KERNEL, KERNEL] as const, dilation: [1, 1] },
    ...{ depth: 1, channels: 1, first: 0, values: weights, start: 0, limit: 1, version: 0 },
  };
  const start = performance.now();
  const picture = reduced(whole, resolution);
  const shown = { picture, low: 0, high: 1, name: "", size: [side, side] as const };
  paintResponse(surface, createFilter(shown).to(kernel), paints);
  return performance.now() - start;
}

/** Milliseconds that the explorer takes for everything that it knows of an output. */
function explorer(side: number): number {
  const image = { shape: [side, side], data: random(side * side) };
  const layer = asLayer(image, { shape: [KERNEL, KERNEL], data: weights }, 1);
  const start = performance.now();
  compute(layer, {
    ...{ mode: "cross-correlation", padding: "same", padding_mode: "reflect", stride: 1 },
    ...{ dilation: 1, groups: 1, bias: 0, relu: false, pool: null },
  });
  return performance.now() - start;
}

Object.assign(globalThis, { gallery, explorer });
