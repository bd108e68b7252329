import type { Numbers, Result } from "./compute";
import { asLayer, compute } from "./compute";
import { Impossible, type Settings } from "./settings";
import type { Store } from "./store";

type Place = readonly [row: number, column: number];

/** What is explored now: the result of the settings, or why there is none, and where the window is. */
export interface Exploration {
  readonly result: Result | null;
  /** Why the settings are impossible; "" where they are not. */
  readonly problem: string;
  /** The pinned output, or the one under the pointer. */
  readonly place: Place;
  readonly count: number;
  /** The pinned output, counted row by row. */
  readonly index: number;
  /** Shows another output for as long as the pointer is on it. */
  preview(place: Place | null): void;
  goTo(index: number): void;
  moveBy(rows: number, columns: number): void;
  editImage(channel: number, cell: number, value: number): void;
  /** Changes a cell of the kernel as it lies on the input, turned or not. */
  editKernel(channel: number, cell: number, value: number): void;
  /** Whether the input is a sheet to draw on. */
  drawing: boolean;
  /** Puts a round white spot onto all channels, around a padded cell. */
  draw(row: number, column: number): void;
  /** Computes anew if anything that matters has changed. */
  refresh(): void;
}

/** Radius of the brush, in cells. */
const BRUSH = 1.2;

interface Known {
  image: Numbers;
  kernel: Numbers;
  channel: number;
  settings: string;
}

export function createExploration(
  store: Store,
  editLive: (cell: number, value: number) => void,
): Exploration {
  let result: Result | null = null;
  let problem = "";
  let known: Known | null = null;
  let shown: Place | null = null;
  let settings: Settings = store.settings;

  const output = () => result?.stages[0]?.plane;
  const pinned = (): Place => {
    const plane = output();
    const position = store.get("position");
    const [row, column] = position.length > 1 ? position : [0, position[0]];
    if (!plane) return [0, 0];
    return [Math.min(row ?? 0, plane.rows - 1), Math.min(column ?? 0, plane.columns - 1)];
  };
  const write = (row: number, column: number): void => {
    const axes = result?.layer.size.length ?? 2;
    store.set({ position: axes > 1 ? [row, column] : [column] });
  };
  const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

  return {
    get result() {
      return result;
    },
    get problem() {
      return problem;
    },
    get place() {
      return shown ?? pinned();
    },
    get count() {
      const plane = output();
      return plane ? plane.rows * plane.columns : 0;
    },
    get index() {
      const [row, column] = pinned();
      return row * (output()?.columns ?? 1) + column;
    },
    preview(place) {
      shown = place;
    },
    goTo(index) {
      const plane = output();
      if (!plane) return;
      shown = null;
      const at = ((index % this.count) + this.count) % this.count;
      write(Math.floor(at / plane.columns), at % plane.columns);
    },
    moveBy(rows, columns) {
      const plane = output();
      if (!plane) return;
      shown = null;
      const [row, column] = pinned();
      write(
        Math.max(0, Math.min(plane.rows - 1, row + rows)),
        Math.max(0, Math.min(plane.columns - 1, column + columns)),
      );
    },
    editImage(channel, cell, value) {
      if (!result) return;
      const { shape, data } = store.image;
      const next = data.slice();
      next[(result.first + channel) * product(result.layer.spatial) + cell] = value;
      store.setImage({ shape, data: next });
    },
    drawing: false,
    draw(row, column) {
      if (!result || !this.drawing) return;
      const { shape, data } = store.image;
      const [rows, columns] = shape.slice(-2) as [number, number];
      const [above, left] = result.slide.padding.map(([before]) => before) as [number, number];
      const next = data.slice();
      for (let i = 0; i < next.length; i++) {
        const down = (Math.floor(i / columns) % rows) + above - row;
        const across = (i % columns) + left - column;
        if (down * down + across * across <= BRUSH * BRUSH) next[i] = 1;
      }
      store.setImage({ shape, data: next });
    },
    editKernel(channel, cell, value) {
      if (!result) return;
      const { shape, data } = store.kernel;
      const cells = product(result.layer.size);
      const own = settings.mode === "convolution" ? cells - 1 - cell : cell;
      const at = (result.out * result.layer.depth + channel) * cells + own;
      if (store.get("_live")) {
        editLive(at, value);
        return;
      }
      const next = data.slice();
      next[at] = value;
      store.setKernel({ shape, data: next });
    },
    refresh() {
      settings = store.settings;
      const next: Known = {
        image: store.image,
        kernel: store.kernel,
        channel: store.get("channel"),
        settings: JSON.stringify(settings),
      };
      const same =
        known && (Object.keys(next) as (keyof Known)[]).every((key) => known![key] === next[key]);
      if (same) return;
      known = next;
      shown = null;
      try {
        result = compute(asLayer(next.image, next.kernel, settings.groups), settings, next.channel);
        problem = "";
      } catch (error) {
        if (!(error instanceof Impossible)) throw error;
        problem = error.message;
        result = null;
      }
    },
  };
}
