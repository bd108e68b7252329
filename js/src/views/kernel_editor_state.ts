import type { LayerInfo } from "../generated/schema";
import { number } from "../lib/format";
import { range } from "../lib/range";
import type { MenuItem } from "../ui/menu";
import { kernelName } from "./layer";
import type { Context } from "./view";

/** The kernel on show, as the last frame holds it. */
export interface Subject {
  readonly layer: LayerInfo;
  readonly out: number;
  readonly input: number;
  readonly shape: readonly number[];
  /** How many cells the kernel has; the bias, where there is one, is the cell after the last. */
  readonly count: number;
  readonly values: readonly number[];
  readonly frozen: ReadonlySet<number>;
  readonly muted: boolean;
}

/** Before the first frame. */
const NOTHING: Subject = {
  layer: { name: "", shape: [1, 1] } as unknown as LayerInfo,
  out: 0,
  input: 0,
  shape: [1],
  count: 0,
  values: [],
  frozen: new Set(),
  muted: false,
};

/** What a hand puts over what is read. */
export interface Over {
  /** The hand's value of a cell, where it has one. */
  valueOf(cell: number): number | undefined;
  /** Whether a hand is on the kernel now. */
  holds(): boolean;
  /** Sends what the hand has done since. */
  flush(): void;
  /** Another kernel comes on show. */
  leave(): void;
  /** A frame of this moment has come. */
  settle(moment: number): void;
  /** What the hand can do to the whole kernel, seldom. */
  items(): MenuItem[];
}

/** The kernel on show, to be read cell by cell. */
export interface Reading {
  onShow: Subject;
  /** The selected cell, and what is being typed into it. */
  cell: number;
  typed: string;
  /** Which slice of a 3-D kernel is on show. */
  slice: number;
  /** Half the color range; it stands still during a gesture. */
  limit: number;
  over: Over | null;
  value(cell: number): number;
  /** The kernel as it is painted, without the bias. */
  kernel(): number[];
  /** "row 1, column 2", of a signal's kernel "tap 2", counted from one as people count. */
  nameOf(cell: number): string;
  /** What a cell holds, in words for the status line. */
  describe(cell: number): string;
  select(cell: number): void;
}

/** Reads the kernel on show from each frame. */
export function createReading({ model, onPaint }: Context): Reading {
  const take = (): void => {
    const { frame } = model;
    const part = frame?.header.selected;
    const layer = model.get("_info")?.layers.find(({ name }) => name === part?.layer);
    if (!part || !layer) return;
    const [out, input] = part.kernel;
    const { onShow: subject, over } = reading;
    if (subject.layer.name !== layer.name || subject.out !== out || subject.input !== input) {
      over?.leave();
    }
    over?.settle(frame!.header.moment);
    const { data, shape } = frame!.array(part.values);
    const count = data.length;
    const values = [...data, ...(part.bias === null ? [] : [part.bias])];
    const frozen = new Set([...part.frozen, ...(part.bias_frozen ? [count] : [])]);
    reading.onShow = { layer, out, input, shape, count, values, frozen, muted: part.muted };
    if (reading.cell >= values.length) reading.cell = 0;
    reading.slice = Math.min(reading.slice, (shape.at(-3) ?? 1) - 1);
    if (!over?.holds()) reading.limit = part.limit || 1;
  };

  const reading: Reading = {
    onShow: NOTHING,
    cell: 0,
    typed: "",
    slice: 0,
    limit: 1,
    over: null,
    value: (cell) => reading.over?.valueOf(cell) ?? reading.onShow.values[cell] ?? 0,
    kernel: () => range(reading.onShow.count).map(reading.value),

    nameOf(cell) {
      const { shape, count } = reading.onShow;
      if (cell >= count) return "bias";
      const rows = shape.at(-2);
      const columns = shape.at(-1)!;
      const column = (cell % columns) + 1;
      return rows
        ? `row ${(Math.floor(cell / columns) % rows) + 1}, column ${column}`
        : `tap ${column}`;
    },
    describe(cell) {
      const { onShow: subject } = reading;
      const name = `${reading.nameOf(cell)} of ${kernelName(subject.layer, subject.out, subject.input)}`;
      const frozen = subject.frozen.has(cell) ? ", frozen" : "";
      return `${name} = ${number(reading.value(cell))}${frozen}`;
    },
    select(cell) {
      reading.cell = cell;
      model.repaint();
    },
  };
  onPaint(() => {
    reading.over?.flush();
    take();
  });
  return reading;
}
