import type { Plane } from "../lib/convolution";
import { Cleanup, h, setAttribute, setText } from "../ui/dom";
import type { Context } from "../views/view";
import { type Cells, createCells } from "./cells";
import { createColors } from "./colors";
import { type Result, reached } from "./compute";
import type { Exploration } from "./exploration";
import { type Sizes, sizesFor } from "./layout";
import { BAR_NUMBERS_PX, createPanel, type Mark, type Panel } from "./panel";
import type { Store } from "./store";
import { brief, placeText } from "./words";

interface Gestures {
  changed(): void;
  pin(row: number, column: number): void;
  move(rows: number, columns: number): void;
  toggle(): void;
  end(last: boolean): void;
}

interface Row {
  node: HTMLElement;
  input: Panel;
  kernel: Panel;
  map: Panel;
  inputCells: Cells;
  kernelCells: Cells;
  cleanup: Cleanup;
}

const TURN_MS = 800;
const MOST_ROWS = 16;
const MOST_FIELDS = 400;
const LEAST_FIELD_PX = 22;
const KEYS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The pictures: for each channel input ⋆ kernel = map, then the sum and what follows it. */
export function createStage(
  context: Context,
  store: Store,
  exploration: Exploration,
  gestures: Gestures,
) {
  const cleanup = new Cleanup();
  const channels = h("div", { class: "kw-x-channels" });
  const equals = h("span", { class: "kw-x-sign" });
  const results = h("div", { class: "kw-x-results" });
  const node = h("div", { class: "kw-x-stage" }, channels, equals, results);
  const rows: Row[] = [];
  let outputs: Panel[] = [];
  let colors = createColors(context.theme.dark);
  let hovered: { channel: number; cell: number } | null = null;
  let pointed = -1;
  let previewing = false;
  let turn = { from: 0, mode: "" };
  let turning = 0;

  const addRow = (): Row => {
    const own = new Cleanup();
    const [input, kernel, map] = [createPanel(), createPanel(), createPanel()];
    const channel = rows.length;
    const inputCells = createCells(
      {
        label: "Input cells",
        nameOf: (row, column) => `Input ${placeText(result()?.maps[0]?.rows ?? 2, row, column)}`,
        onSet: (cell, value) => exploration.editImage(channel, cell, value),
      },
      own,
    );
    const kernelCells = createCells(
      {
        label: "Kernel cells",
        nameOf: (row, column) =>
          `Kernel ${placeText(result()?.kernels[0]?.rows ?? 2, row, column)}`,
        onSet: (cell, value) => exploration.editKernel(channel, cell, value),
      },
      own,
    );
    input.frame.append(inputCells.node);
    kernel.frame.append(kernelCells.node);
    own.listen(input.frame, "pointermove", (event) => hover(channel, input, event));
    own.listen(input.frame, "pointerleave", () => hover(channel, input, null));
    listenOutput(map, own, 1);
    const star = h("span", { class: "kw-x-sign kw-x-star", "aria-hidden": "true" });
    const equal = h("span", { class: "kw-x-sign", "aria-hidden": "true" }, "=");
    const row = h("div", { class: "kw-x-channel" }, input.node, star, kernel.node, equal, map.node);
    return { node: row, input, kernel, map, inputCells, kernelCells, cleanup: own };
  };
  const result = (): Result | null => exploration.result;

  /** Outputs are pinned by a click and walked through by arrows; hovering looks ahead. */
  const listenOutput = (panel: Panel, own: Cleanup, side: number): void => {
    const find = (event: MouseEvent): [number, number] | null => {
      const at = panel.cellAt(event);
      const plane = result()?.maps[0];
      if (!at || !plane) return null;
      const tall = plane.rows > 1 ? side : 1;
      return [Math.min(at[0] * tall, plane.rows - 1), Math.min(at[1] * side, plane.columns - 1)];
    };
    setAttribute(panel.frame, "tabindex", 0);
    setAttribute(panel.frame, "role", "group");
    own.listen(panel.frame, "pointermove", (event) => {
      if (event.pointerType !== "mouse") return;
      preview(find(event));
    });
    own.listen(panel.frame, "pointerleave", () => preview(null));
    own.listen(panel.frame, "click", (event) => {
      const at = find(event);
      if (!at) return;
      previewing = false;
      gestures.pin(...at);
    });
    own.listen(panel.frame, "keydown", (event) => {
      const by = KEYS[event.key];
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (by) gestures.move(...by);
      else if (event.key === " ") gestures.toggle();
      else if (event.key === "Home" || event.key === "End") gestures.end(event.key === "End");
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  };
  const preview = (at: [number, number] | null): void => {
    if (!at && !previewing) return;
    previewing = at !== null;
    exploration.preview(at);
    gestures.changed();
  };

  const hover = (channel: number, panel: Panel, event: PointerEvent | null): void => {
    const at = event && panel.cellAt(event);
    const now = result();
    const cell = at && now ? now.sources[at[0] * now.padded[0]!.columns + at[1]]! : -1;
    if ((hovered?.cell ?? -1) === cell && (cell < 0 || hovered?.channel === channel)) return;
    hovered = cell < 0 ? null : { channel, cell };
    if (hovered && now) {
      const { rows: tall, columns: wide } = planeOf(now.layer.spatial);
      const place = placeText(tall, Math.floor(cell / wide), cell % wide);
      const value = now.layer.image[(now.first + channel) * tall * wide + cell]!;
      const count = reached(now, cell).length;
      context.say(
        `Input ${place} = ${brief(value)}, in ${count} ${count === 1 ? "output" : "outputs"}`,
      );
    }
    gestures.changed();
  };

  const startTurn = (mode: string): void => {
    const before = turn.mode;
    if (before === mode) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    turn = { from: before && !still ? performance.now() : Number.NEGATIVE_INFINITY, mode };
  };
  const turned = (): number => {
    const part = Math.min(1, (performance.now() - turn.from) / TURN_MS);
    // Slow at both ends.
    return part < 1 ? part * part * (3 - 2 * part) : 1;
  };

  const build = (count: number, stages: number): void => {
    while (rows.length > count) {
      const row = rows.pop()!;
      row.cleanup.run();
      row.node.remove();
    }
    while (rows.length < count) {
      const row = addRow();
      rows.push(row);
      channels.append(row.node);
    }
    if (outputs.length === stages) return;
    outputs = Array.from({ length: stages }, () => createPanel());
    results.replaceChildren(...outputs.map((panel) => panel.node));
    outputs.forEach((panel, nth) => {
      const side = () => (result()?.pool && nth === stages - 1 ? result()!.pool![1] : 1);
      listenOutput(panel, cleanup, side());
    });
  };

  return {
    node,
    get previewing() {
      return previewing;
    },
    /** Marks the cells of one product, or none (−1). */
    point(term: number): void {
      pointed = term;
      gestures.changed();
    },
    restyle(): void {
      colors = createColors(context.theme.dark);
      const panels = rows.flatMap((row) => [row.input, row.kernel, row.map]);
      for (const panel of [...panels, ...outputs]) panel.restyle();
    },
    draw(moving: boolean): void {
      const now = result();
      setAttribute(node, "data-kw-blank", now ? null : true);
      if (!now) return;
      const depth = Math.min(now.maps.length, MOST_ROWS);
      build(depth, now.stages.length);
      startTurn(store.settings.mode);
      const [input, kernel, map] = [now.padded[0]!, now.kernels[0]!, now.maps[0]!];
      const width = node.clientWidth || 760;
      const stages = now.stages.slice(1).map((stage) => stage.plane);
      const sizes = sizesFor(width, input, kernel, map, stages, depth);
      const flat = now.layer.size.length === 1;
      setAttribute(node, "data-kw-flat", flat);
      setAttribute(node, "data-kw-channels", depth > 1);
      const [row, column] = exploration.place;
      drawChannels(now, sizes, row, column, moving);
      setText(equals, depth > 1 ? (now.bias ? `Σ + ${brief(now.bias)} =` : "Σ =") : "=");
      equals.hidden = flat && depth === 1;
      drawOutputs(now, sizes, row, column, moving);
      if (turned() < 1) {
        cancelAnimationFrame(turning);
        turning = requestAnimationFrame(() => gestures.changed());
      }
    },
    destroy(): void {
      cancelAnimationFrame(turning);
      for (const row of rows) row.cleanup.run();
      cleanup.run();
    },
  };

  function drawChannels(now: Result, sizes: Sizes, row: number, column: number, moving: boolean) {
    const { slide, layer } = now;
    const flat = layer.size.length === 1;
    const both = (values: readonly number[], neutral = 1): [number, number] =>
      flat ? [neutral, values[0]!] : [values[0]!, values[1]!];
    const stride = both(slide.stride);
    const steps = both(slide.dilation);
    const [[above, below], [left, right]] = flat
      ? [[0, 0] as const, slide.padding[0]!]
      : [slide.padding[0]!, slide.padding[1]!];
    const padding = [above, below, left, right] as const;
    const inputColors = colors("input", now.padded, !sizes.numbers && !flat, moving);
    const kernelColors = colors("kernel", now.kernels, false, false);
    const mapColors = colors("map", now.maps, !sizes.numbers && !flat, moving);
    const spatial = planeOf(layer.spatial);
    const mode = store.settings.mode;
    rows.forEach((each, channel) => {
      const kernel = now.kernels[channel]!;
      const from = [row * stride[0], column * stride[1]] as const;
      const window: Mark = {
        row: from[0],
        column: from[1],
        rows: kernel.rows,
        columns: kernel.columns,
        steps,
        kind: "ring",
      };
      const marks: Mark[] = [window];
      const kernelMarks: Mark[] = [];
      const cells = kernel.rows * kernel.columns;
      if (pointed >= 0 && Math.floor(pointed / cells) === channel) {
        const [r, c] = [Math.floor((pointed % cells) / kernel.columns), pointed % kernel.columns];
        const one = { rows: 1, columns: 1, kind: "ring" as const };
        marks.push({ ...one, row: from[0] + r * steps[0], column: from[1] + c * steps[1] });
        kernelMarks.push({ ...one, row: r, column: c });
      }
      each.input.draw({
        ...inputColors,
        plane: now.padded[channel]!,
        cell: sizes.input,
        barsPx: sizes.bars,
        padding,
        marks,
      });
      each.kernel.draw({
        ...kernelColors,
        plane: kernel,
        cell: sizes.kernel,
        barsPx: sizes.bars,
        marks: kernelMarks,
        turn: turned(),
      });
      const shift = flat ? from[1] * sizes.input : 0;
      each.kernel.node.style.transform = shift > 0 ? `translateX(${shift}px)` : "";
      const star = each.node.querySelector(".kw-x-star")!;
      setText(star, mode === "convolution" ? "∗" : "⋆");
      const name = layer.channels > 1 ? ` ${now.first + channel + 1}` : "";
      const tall = sizes.bars ? sizes.bars + BAR_NUMBERS_PX : sizes.input;
      placeFields(each.inputCells, spatial, sizes.input, tall, left, above);
      const start = (now.first + channel) * spatial.rows * spatial.columns;
      const own = layer.image.subarray(start, start + spatial.rows * spatial.columns);
      if (!each.inputCells.node.hidden) each.inputCells.update(own, inputColors.high);
      const kernelTall = sizes.bars ? sizes.bars + BAR_NUMBERS_PX : sizes.kernel;
      const live = store.get("_live");
      placeFields(
        each.kernelCells,
        live && !live.editable ? null : kernel,
        sizes.kernel,
        kernelTall,
        0,
        0,
      );
      if (!each.kernelCells.node.hidden) each.kernelCells.update(kernel.data, kernelColors.high);
      each.input.say(
        `Input${name}`,
        shapeText(spatial, flat) + (above + below + left + right > 0 ? " and its border" : ""),
        `Input${name}: ${shapeText(spatial, flat)} numbers from ${brief(least(own))} to ${brief(most(own))}`,
      );
      each.kernel.say(
        `Kernel${name}`,
        shapeText(kernel, flat) + (mode === "convolution" ? ", turned by 180°" : ""),
        `Kernel${name}: ${shapeText(kernel, flat)} weights${mode === "convolution" ? ", turned by 180 degrees" : ""}`,
      );
      each.map.node.hidden = each.map.node.previousElementSibling!.toggleAttribute(
        "hidden",
        rows.length < 2,
      );
      if (rows.length < 2) return;
      each.map.draw({
        ...mapColors,
        plane: now.maps[channel]!,
        cell: sizes.input,
        barsPx: sizes.bars,
        marks: [cellMark(row, column)],
      });
      each.map.say(`Map${name}`, "", `Map of channel ${channel + 1}`);
    });
  }

  function drawOutputs(now: Result, sizes: Sizes, row: number, column: number, moving: boolean) {
    const flat = now.layer.size.length === 1;
    outputs.forEach((panel, nth) => {
      const { name, plane } = now.stages[nth]!;
      const pooled = now.pool !== null && nth === now.stages.length - 1;
      const side = pooled ? now.pool![1] : 1;
      const at: [number, number] = [Math.floor(row / (flat ? 1 : side)), Math.floor(column / side)];
      const marks: Mark[] = at[0] < plane.rows && at[1] < plane.columns ? [cellMark(...at)] : [];
      if (nth === 0 && hovered) {
        for (const output of reached(now, hovered.cell)) {
          const [r, c] = [Math.floor(output / plane.columns), output % plane.columns];
          marks.push({ ...cellMark(r, c), kind: "dots" });
        }
      }
      const coloring = colors(name, [plane], !sizes.numbers && !flat, moving);
      panel.draw({
        ...coloring,
        plane,
        // Where there is room, a pooled cell is as large as the cells that it stands for.
        cell: sizes.output * (sizes.numbers ? 1 : side),
        barsPx: sizes.bars,
        marks,
      });
      const range = `${brief(least(plane.data))} to ${brief(most(plane.data))}`;
      const value = plane.data[at[0] * plane.columns + at[1]];
      panel.say(
        name,
        shapeText(plane, flat) + (sizes.numbers ? "" : `, ${range}`),
        `${name}: ${shapeText(plane, flat)} numbers from ${range}` +
          (value === undefined ? "" : `; at ${placeText(plane.rows, ...at)}: ${brief(value, 6)}`),
      );
      setAttribute(
        panel.frame,
        "aria-label",
        `${name}: arrow keys move the window, space slides it`,
      );
    });
  }

  function placeFields(
    cells: Cells,
    plane: Pick<Plane, "rows" | "columns"> | null,
    cell: number,
    height: number,
    left: number,
    top: number,
  ): void {
    const fits =
      plane &&
      cell >= LEAST_FIELD_PX &&
      plane.rows * plane.columns <= MOST_FIELDS &&
      turned() === 1;
    cells.place(
      fits
        ? {
            rows: plane.rows,
            columns: plane.columns,
            cell,
            height,
            left: left * cell,
            top: top * cell,
          }
        : null,
    );
  }
}

function cellMark(row: number, column: number): Mark {
  return { row, column, rows: 1, columns: 1, kind: "ring" };
}

function planeOf(spatial: readonly number[]): { rows: number; columns: number } {
  return spatial.length > 1
    ? { rows: spatial[0]!, columns: spatial[1]! }
    : { rows: 1, columns: spatial[0]! };
}

function shapeText({ rows, columns }: Pick<Plane, "rows" | "columns">, flat: boolean): string {
  return flat ? String(columns) : `${rows}×${columns}`;
}

function least(data: ArrayLike<number>): number {
  let low = Number.POSITIVE_INFINITY;
  for (let i = 0; i < data.length; i++) if (data[i]! < low) low = data[i]!;
  return low;
}

function most(data: ArrayLike<number>): number {
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) if (data[i]! > high) high = data[i]!;
  return high;
}
