import type { Plane } from "../lib/convolution";
import { h, setAttribute, setText } from "../ui/dom";
import type { Context } from "../views/view";
import { createChannels } from "./channels";
import { createColors } from "./colors";
import { reached } from "./compute";
import type { Exploration } from "./exploration";
import { sizesFor } from "./layout";
import { createOutputs, listenToOutput, type OutputHands } from "./outputs";
import { extentOf, type Scene } from "./scene";
import type { Store } from "./store";
import { brief, placeText } from "./words";

type Gestures = Omit<OutputHands, "preview">;

const TURN_MS = 800;

/** The pictures: for each channel input ⋆ kernel = map, then the sum and what follows it. */
export function createStage(
  context: Context,
  store: Store,
  exploration: Exploration,
  gestures: Gestures,
) {
  const { model, theme } = context;
  let { dark } = theme;
  let colors = createColors(dark);
  let cell = -1;
  let channel = -1;
  let term = -1;
  let previewing = false;
  let turn = { from: 0, mode: "" };
  let turning = 0;

  const hands: OutputHands = {
    ...gestures,
    pin(row, column) {
      previewing = false;
      gestures.pin(row, column);
    },
    preview(place) {
      if (!place && !previewing) return;
      previewing = place !== null;
      exploration.preview(place);
      model.repaint();
    },
  };
  const hover = (on: number, over: number): void => {
    if (over === cell && (over < 0 || on === channel)) return;
    [channel, cell] = [on, over];
    const now = exploration.result;
    if (cell >= 0 && now) {
      const { rows, columns } = extentOf(now.layer.spatial);
      const place = placeText(rows, Math.floor(cell / columns), cell % columns);
      const value = now.layer.image[(now.first + channel) * rows * columns + cell]!;
      const count = reached(now, cell).length;
      context.say(`Input ${place} = ${brief(value)}, in ${count} output${count === 1 ? "" : "s"}`);
    }
    model.repaint();
  };
  const channels = createChannels(store, exploration, {
    hover,
    listen: (map) => listenToOutput(map, exploration, hands),
  });
  const outputs = createOutputs(exploration, hands);
  const equals = h("span", { class: "kw-x-sign" });
  const node = h("div", { class: "kw-x-stage" }, channels.node, equals, outputs.node);

  /** How far the kernel has turned since the mode was changed. */
  const turned = (): number => {
    const mode = store.get("mode");
    if (mode !== turn.mode) {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const from = turn.mode && !still ? performance.now() : Number.NEGATIVE_INFINITY;
      turn = { from, mode };
    }
    const part = (performance.now() - turn.from) / TURN_MS;
    // Slow at both ends.
    return part < 1 ? part * part * (3 - 2 * part) : 1;
  };

  return {
    node,
    get previewing() {
      return previewing;
    },
    /** Marks the cells of one product, or none (−1). */
    point(product: number): void {
      if (product === term) return;
      term = product;
      model.repaint();
    },
    draw(moving: boolean): void {
      const now = exploration.result;
      setAttribute(node, "data-kw-blank", now ? null : true);
      if (!now) return;
      if (dark !== theme.dark) {
        dark = theme.dark;
        colors = createColors(dark);
        channels.restyle();
        outputs.restyle();
      }
      const depth = now.maps.length;
      const flat = now.layer.size.length === 1;
      const sizes = sizesFor(
        node.clientWidth || 760,
        now.padded[0]!,
        now.kernels[0]!,
        now.maps[0]!,
        now.stages.slice(1).map((stage) => stage.plane),
        depth,
      );
      const [row, column] = exploration.place;
      const pictures = !sizes.numbers && !flat;
      const color = (kind: string, planes: readonly Plane[]) =>
        colors(kind, planes, pictures && kind !== "kernel", moving);
      const scene: Scene = { now, sizes, flat, row, column, turn: turned(), term, cell, color };
      setAttribute(node, "data-kw-flat", flat);
      setAttribute(node, "data-kw-channels", depth > 1);
      setText(equals, depth > 1 ? `Σ ${now.bias ? `+ ${brief(now.bias)} ` : ""}=` : "=");
      channels.draw(scene);
      outputs.draw(scene);
      if (scene.turn < 1) {
        cancelAnimationFrame(turning);
        turning = requestAnimationFrame(model.repaint);
      }
    },
    destroy: () => cancelAnimationFrame(turning),
  };
}
