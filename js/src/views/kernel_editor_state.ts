import type { AnyCommand, LayerInfo } from "../generated/schema";
import { number } from "../lib/format";
import { range } from "../lib/range";
import { can } from "./choices";
import { createGesture, type Gesture } from "./kernel_editor_gesture";
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

/** The kernel under edit: the network's values with the hand's over them, and the ways to change it. */
export interface Editor {
  onShow: Subject;
  /** The selected cell. */
  cell: number;
  /** Which slice of a 3-D kernel is on show. */
  slice: number;
  /** Half the color range; it stands still during a gesture. */
  limit: number;
  value(cell: number): number;
  /** The kernel as it is painted, without the bias. */
  kernel(): number[];
  isBias(): boolean;
  /** "row 1, column 2", of a signal's kernel "tap 2", counted from one as people count. */
  nameOf(cell: number): string;
  /** What a cell holds, in words for the status line. */
  describe(cell: number): string;
  select(cell: number): void;
  /** Takes the kernel into the hand; null where it cannot be edited, or a hand is on it. */
  begin(): Gesture | null;
  /** Sets a cell in a gesture, painted with the next display frame. */
  set(own: Gesture | null, cell: number, value: number): void;
  end(own: Gesture | null, revert?: boolean): void;
  /** Puts back what the hand has changed, and lets go. */
  cancel(): void;
  inHand(): boolean;
  /** Whether the hand has changed something since this was last asked. */
  takeNews(): boolean;
  /** Writes whole sets of cells at once: one edit, one undo step. */
  write(values: ReadonlyMap<number, number>): Promise<void>;
  /** Sends a command about the kernel; a refusal is said in words. Gives its moment, or null. */
  send(command: AnyCommand): Promise<number | null>;
  /** Sends a command once for the kernel's cells, once for the bias, as far as `cells` holds them. */
  each(command: { op: "freeze"; on: boolean } | { op: "revert" }, cells: number[]): Promise<void>;
}

type Values = ReadonlyMap<number, number>;

export function createEditor({ model, onPaint, onEnd, announce }: Context): Editor {
  /**
   * Values of the hand, with the set that each was last written by; they show until a frame of a
   * moment after `until`, while held without end.
   */
  const local = new Map<number, { value: number; by: Values; until: number }>();
  const ending = new Set<Gesture>();
  let gesture: Gesture | null = null;
  let news = false;

  const change = (cell: number, value: number, by: Values): void => {
    local.set(cell, { value, by, until: Infinity });
    news = true;
    model.repaint();
  };
  /**
   * Shows the network's values again: with a frame that was taken after a moment, or with any. What
   * was written since stays.
   */
  const letGo = (values: Values, moment: number | null): void => {
    for (const cell of values.keys()) {
      const own = local.get(cell);
      if (own?.by === values) own.until = moment ?? -Infinity;
    }
    model.repaint();
  };
  const fail = (error: string): void => announce(`Not changed: ${error}`);

  const send = async (command: AnyCommand): Promise<number | null> => {
    // What a hand has let go of comes before what is done next.
    flush();
    const { ok, error, moment } = await model.command(command);
    if (!ok) fail(error);
    return ok ? moment : null;
  };

  /** Where cells of the kernel lie in the layer: flat indices, in C order of the canonical view. */
  const address = (subject: Subject, cells: readonly number[]) => {
    const { layer, out, input, count } = subject;
    const first = (out * layer.shape[1]! + input) * count;
    const weights = cells.filter((cell) => cell < count);
    const parts = [
      { parameter: "weight" as const, own: weights, cells: weights.map((cell) => first + cell) },
      { parameter: "bias" as const, own: [count], cells: [out] },
    ];
    return parts.filter(({ own }) => own.length > 0 && cells.includes(own[0]!));
  };
  const edits = (
    subject: Subject,
    values: ReadonlyMap<number, number>,
    id: string,
    hold: boolean,
  ): AnyCommand[] =>
    address(subject, [...values.keys()]).map(({ parameter, own, cells }) => ({
      op: "edit",
      layer: subject.layer.name,
      parameter,
      cells,
      values: own.map((cell) => values.get(cell)!),
      gesture: id,
      hold,
    }));

  const flush = (): void => {
    for (const one of ending) one.flush();
    ending.clear();
    gesture?.flush();
  };
  const take = (): void => {
    const { frame } = model;
    const part = frame?.header.selected;
    const layer = model.get("_info")?.layers.find(({ name }) => name === part?.layer);
    if (!part || !layer) return;
    const [out, input] = part.kernel;
    const { onShow: subject } = editor;
    if (subject.layer.name !== layer.name || subject.out !== out || subject.input !== input) {
      editor.end(gesture);
      local.clear();
    }
    for (const [cell, { until }] of local) {
      if (frame!.header.moment > until) local.delete(cell);
    }
    const { data, shape } = frame!.array(part.values);
    const count = data.length;
    const values = [...data, ...(part.bias === null ? [] : [part.bias])];
    const frozen = new Set([...part.frozen, ...(part.bias_frozen ? [count] : [])]);
    editor.onShow = { layer, out, input, shape, count, values, frozen, muted: part.muted };
    if (editor.cell >= values.length) editor.cell = 0;
    editor.slice = Math.min(editor.slice, (shape.at(-3) ?? 1) - 1);
    if (!gesture) editor.limit = part.limit || 1;
  };

  const editor: Editor = {
    onShow: NOTHING,
    cell: 0,
    slice: 0,
    limit: 1,
    value: (cell) => local.get(cell)?.value ?? editor.onShow.values[cell] ?? 0,
    kernel: () => range(editor.onShow.count).map(editor.value),
    isBias: () => editor.cell === editor.onShow.count,

    nameOf(cell) {
      const { shape, count } = editor.onShow;
      if (cell >= count) return "bias";
      const rows = shape.at(-2);
      const columns = shape.at(-1)!;
      const column = (cell % columns) + 1;
      return rows
        ? `row ${(Math.floor(cell / columns) % rows) + 1}, column ${column}`
        : `tap ${column}`;
    },
    describe(cell) {
      const { onShow: subject } = editor;
      const name = `${editor.nameOf(cell)} of ${kernelName(subject.layer, subject.out, subject.input)}`;
      const frozen = subject.frozen.has(cell) ? ", frozen" : "";
      return `${name} = ${number(editor.value(cell))}${frozen}`;
    },
    select(cell) {
      editor.cell = cell;
      model.repaint();
    },

    begin() {
      const { onShow: subject } = editor;
      if (!subject.count || !can(model, "edit") || gesture) return null;
      const own = createGesture(
        (values, id) => edits(subject, values, id, true).map(model.command),
        (id) => void model.command({ op: "release", gesture: id }),
        (moment, error) => {
          if (error && gesture === own) gesture = null;
          if (error) fail(error);
          letGo(own.values, error ? null : moment);
        },
      );
      gesture = own;
      return own;
    },
    set(own, cell, value) {
      if (!own || own !== gesture) return;
      own.set(cell, value, editor.value(cell));
      change(cell, value, own.values);
    },
    end(own, revert = false) {
      if (!own || own !== gesture) return;
      own.end(revert);
      for (const [cell, value] of own.values) change(cell, value, own.values);
      ending.add(own);
      gesture = null;
      model.repaint();
    },
    cancel: () => editor.end(gesture, true),
    inHand: () => gesture !== null,
    takeNews() {
      const was = news;
      news = false;
      return was;
    },

    async write(values) {
      const { onShow: subject } = editor;
      if (gesture) return;
      for (const [cell, value] of values) change(cell, value, values);
      const moments = await Promise.all(edits(subject, values, "", false).map(send));
      letGo(values, moments.includes(null) ? null : Math.max(...(moments as number[])));
    },
    send,
    async each(command, ownCells) {
      const { onShow: subject } = editor;
      for (const { parameter, cells } of address(subject, ownCells)) {
        await send({ ...command, layer: subject.layer.name, parameter, cells });
      }
    },
  };
  onPaint(() => {
    flush();
    take();
  });
  onEnd(() => {
    editor.end(gesture);
    flush();
  });
  return editor;
}
