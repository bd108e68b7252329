import { expect, test } from "vitest";
import type { ArraySpec, KernelsPart } from "../../src/generated/schema";
import { paletteIndex } from "../../src/lib/palette";
import { decodeArray, type Values } from "../../src/model/arrays";
import { playing, stored, view } from "./tape";

const read = (spec: ArraySpec | null | undefined, data: DataView): Values | null =>
  spec ? decodeArray(spec, data) : null;

/** Numbers by filter, wherever it lies. */
function byFilter(part: KernelsPart, data: DataView): number[][] {
  const values = read(part.values, data)!.data;
  const each = values.length / part.outs.length;
  const rows = new Map(part.outs.map((out, row) => [out, row]));
  return [...rows.keys()]
    .sort((a, b) => a - b)
    .map((out) => [...values.subarray(rows.get(out)! * each, (rows.get(out)! + 1) * each)]);
}

for (const [number, live] of stored.cases.entries()) {
  const { at, layer, choice, parts, order } = live;
  test(`step ${at} of ${layer}, ${choice.show} by ${choice.sort} (${number}): as it was live`, async () => {
    const data = view(live.data);
    const { host, header } = await playing({ at, layer, ...choice }, parts);
    const replayed = header();
    const bytes = host.get("_data") as DataView;
    expect(replayed.step).toBe(live.header.step);
    expect(host.get("_order")).toEqual(order);

    const [now, then] = [replayed.kernels!, live.header.kernels!];
    const { layer: name, show, ins, note, limit } = then;
    expect(now).toMatchObject({ layer: name, show, ins, note });
    expect(now.values === null).toBe(then.values === null);
    if (then.values) {
      expect(now.limit).toBe(limit);
      const [mine, theirs] = [byFilter(now, bytes).flat(), byFilter(then, data).flat()];
      const { error } = now.values!;
      for (const [cell, value] of theirs.entries()) {
        expect(Math.abs(mine[cell]! - value)).toBeLessThanOrEqual(error * 1.001);
      }
      // What lies on the tape itself has exactly the colors that it had; a change is worked out.
      if (show !== "change") {
        const color = (value: number): number => paletteIndex(value, -limit, limit);
        expect(mine.map(color)).toEqual(theirs.map(color));
      }
      expect(error).toBeLessThanOrEqual((show === "change" ? 2 : 1) * limit);
    }

    const [selected, its] = [replayed.selected!, live.header.selected!];
    expect(selected.kernel).toEqual(its.kernel);
    expect(selected.limit).toBe(its.limit);
    const [cells, wanted] = [read(selected.values, bytes)!, read(its.values, data)!];
    expect(cells.shape).toEqual(wanted.shape);
    wanted.data.forEach((value, cell) => {
      expect(paletteIndex(cells.data[cell]!, -its.limit, its.limit)).toBe(
        paletteIndex(value, -its.limit, its.limit),
      );
    });
    expect(selected.bias === null).toBe(its.bias === null);
    if (its.bias !== null) {
      expect(Math.abs(selected.bias! - its.bias)).toBeLessThanOrEqual(now.biases!.error * 1.001);
    }

    expect(replayed.answers).toEqual(live.header.answers);
    if (live.header.maps) {
      const { values, note: why, outs } = live.header.maps;
      expect(replayed.maps).toMatchObject({ outs });
      expect(replayed.maps!.values).toBe(values);
      expect(replayed.maps!.note).toBe(why);
    }
  });
}
