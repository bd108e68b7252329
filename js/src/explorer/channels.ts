import type { Plane } from "../lib/convolution";
import { h, setText } from "../ui/dom";
import { type Cells, createCells } from "./cells";
import type { Exploration } from "./exploration";
import { BAR_NUMBERS_PX, createPanel, type Mark, type Panel } from "./panel";
import { extentOf, rangeOf, ringAt, type Scene, shapeText } from "./scene";
import type { Store } from "./store";
import { brief, placeText } from "./words";

interface Channel {
  node: HTMLElement;
  panels: [input: Panel, kernel: Panel, map: Panel];
  inputCells: Cells;
  kernelCells: Cells;
  star: HTMLElement;
}

interface Hands {
  /** The pointer is on an input cell, or (−1) on none. */
  hover(channel: number, cell: number): void;
  /** Makes a map one that the window can be moved on. */
  listen(map: Panel): void;
}

const MOST_CHANNELS = 16;
const MOST_FIELDS = 400;
const LEAST_FIELD_PX = 22;

/** For each input channel: input ⋆ kernel = map; the map is left out where it is the output. */
export function createChannels(store: Store, exploration: Exploration, hands: Hands) {
  const node = h("div", { class: "kw-x-channels" });
  const list: Channel[] = [];

  const add = (): Channel => {
    const channel = list.length;
    const panels: Channel["panels"] = [createPanel(), createPanel(), createPanel()];
    const [input, kernel, map] = panels;
    const inputCells = createCells(
      "Input",
      (row, column) => placeText(extentOf(exploration.result!.layer.spatial).rows, row, column),
      (cell, value) => exploration.editImage(channel, cell, value),
    );
    const kernelCells = createCells(
      "Kernel",
      (row, column) => placeText(exploration.result!.kernels[0]!.rows, row, column),
      (cell, value) => exploration.editKernel(channel, cell, value),
    );
    input.frame.append(inputCells.node);
    kernel.frame.append(kernelCells.node);
    const onPointer = (event: PointerEvent): void => {
      const at = input.cellAt(event);
      const now = exploration.result;
      if (at && event.buttons > 0) exploration.draw(...at);
      hands.hover(
        channel,
        at && now ? (now.sources()[at[0] * now.padded[0]!.columns + at[1]] ?? -1) : -1,
      );
    };
    input.frame.addEventListener("pointerdown", onPointer);
    input.frame.addEventListener("pointermove", onPointer);
    input.frame.addEventListener("pointerleave", () => hands.hover(channel, -1));
    hands.listen(map);
    const star = sign("kw-x-star");
    const row = h(
      "div",
      { class: "kw-x-channel" },
      input.node,
      star,
      kernel.node,
      sign(),
      map.node,
    );
    return { node: row, panels, inputCells, kernelCells, star };
  };

  return {
    node,
    restyle(): void {
      for (const { panels } of list) for (const panel of panels) panel.restyle();
    },
    draw(scene: Scene): void {
      const count = Math.min(scene.now.maps.length, MOST_CHANNELS);
      while (list.length > count) list.pop()!.node.remove();
      while (list.length < count) {
        list.push(add());
        node.append(list.at(-1)!.node);
      }
      list.forEach((channel, nth) => {
        drawInput(channel, nth, scene);
        drawKernel(channel, nth, scene);
        drawMap(channel, nth, scene);
      });
    },
  };

  function drawInput({ panels: [panel], inputCells }: Channel, nth: number, scene: Scene): void {
    const { now, sizes, flat, row, column } = scene;
    const { layer, slide } = now;
    const kernel = now.kernels[nth]!;
    const [down, across] = both(slide.stride, 1);
    const steps = both(slide.dilation, 1);
    const [[above, below], [left, right]] = both<readonly [number, number]>(slide.padding, [0, 0]);
    const from = [row * down, column * across] as const;
    const { rows, columns } = kernel;
    const marks: Mark[] = [
      { row: from[0], column: from[1], rows, columns, steps, kind: "ring" },
      ...termIn(scene, nth).map(([r, c]) => ringAt(from[0] + r * steps[0], from[1] + c * steps[1])),
    ];
    const color = scene.color("input", now.padded);
    panel.frame.toggleAttribute("data-kw-draw", exploration.drawing);
    panel.draw({
      ...color,
      plane: now.padded[nth]!,
      cell: sizes.input,
      barsPx: sizes.bars,
      padding: [above, below, left, right],
      marks,
    });
    const extent = extentOf(layer.spatial);
    const points = extent.rows * extent.columns;
    const start = (now.first + nth) * points;
    const own = layer.image.subarray(start, start + points);
    const place = [left * sizes.input, above * sizes.input] as const;
    const editable = exploration.drawing ? null : extent;
    putFields(inputCells, editable, sizes.input, scene, flat ? [place[0], 0] : place);
    if (!inputCells.node.hidden) inputCells.update(own, color.high);
    const name = numbered("Input", scene, nth);
    const shape = shapeText(extent);
    const [low, high] = rangeOf(own);
    panel.say(
      name,
      shape + (above + below + left + right > 0 ? " and its border" : ""),
      `${name}: ${shape} numbers from ${brief(low)} to ${brief(high)}`,
    );
  }

  function drawKernel(channel: Channel, nth: number, scene: Scene): void {
    const { now, sizes, flat, column } = scene;
    const [, panel] = channel.panels;
    const kernel = now.kernels[nth]!;
    const color = scene.color("kernel", now.kernels);
    panel.draw({
      ...color,
      plane: kernel,
      cell: sizes.kernel,
      barsPx: sizes.bars,
      marks: termIn(scene, nth).map(([r, c]) => ringAt(r, c)),
      turn: scene.turn,
    });
    // A signal's kernel stands under the window.
    const shift = flat ? column * now.slide.stride[0]! * sizes.input : 0;
    panel.node.style.transform = shift > 0 ? `translateX(${shift}px)` : "";
    const editable = store.get("_live")?.editable ?? true;
    putFields(channel.kernelCells, editable ? kernel : null, sizes.kernel, scene, [0, 0]);
    if (!channel.kernelCells.node.hidden) channel.kernelCells.update(kernel.data, color.high);
    const convolves = store.get("mode") === "convolution";
    setText(channel.star, convolves ? "∗" : "⋆");
    const name = numbered("Kernel", scene, nth);
    const note = `${shapeText(kernel)}${convolves ? ", turned by 180°" : ""}`;
    panel.say(name, note, `${name}: ${note}`);
  }

  function drawMap({ panels: [, , panel] }: Channel, nth: number, scene: Scene): void {
    const { now, sizes, row, column } = scene;
    const alone = now.maps.length === 1;
    panel.node.hidden = alone;
    panel.node.previousElementSibling!.toggleAttribute("hidden", alone);
    if (alone) return;
    const plane = now.maps[nth]!;
    const marks = [ringAt(row, column)];
    panel.draw({
      ...scene.color("map", now.maps),
      plane,
      cell: sizes.input,
      barsPx: sizes.bars,
      marks,
    });
    const name = numbered("Map", scene, nth);
    panel.say(name, "", `${name}: ${shapeText(plane)}`);
  }
}

function putFields(
  cells: Cells,
  extent: Pick<Plane, "rows" | "columns"> | null,
  cell: number,
  { sizes, turn }: Scene,
  [left, top]: readonly [number, number],
): void {
  const few = extent && extent.rows * extent.columns <= MOST_FIELDS;
  const fits = few && cell >= LEAST_FIELD_PX && turn === 1;
  const height = sizes.bars ? sizes.bars + BAR_NUMBERS_PX : cell;
  cells.place(fits ? { ...extent, cell, height, left, top } : null);
}

/** Where in this channel's kernel the product lies that is pointed at, if it does. */
function termIn({ now, term }: Scene, nth: number): [number, number][] {
  const { rows, columns } = now.kernels[nth]!;
  const at = term - nth * rows * columns;
  if (at < 0 || at >= rows * columns) return [];
  return [[Math.floor(at / columns), at % columns]];
}

function numbered(name: string, { now }: Scene, nth: number): string {
  return now.layer.channels > 1 ? `${name} ${now.first + nth + 1}` : name;
}

function sign(kind = ""): HTMLElement {
  return h("span", { class: `kw-x-sign ${kind}`, "aria-hidden": "true" }, "=");
}

function both<T>(values: readonly T[], neutral: T): [T, T] {
  return values.length > 1 ? [values[0]!, values[1]!] : [neutral, values[0]!];
}
