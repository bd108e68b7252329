import type { AnyCommand } from "../generated/schema";
import type { MenuItem } from "../ui/menu";
import { can } from "../views/choices";
import type { Reading, Subject } from "../views/kernel_editor_state";
import type { Context } from "../views/view";
import { createGesture, type Gesture } from "./gesture";

/** The kernel under edit: the network's values with the hand's over them, and the ways to change it. */
export interface Editor extends Reading {
  /** Takes the kernel into the hand; null where it cannot be edited, or a hand is on it. */
  begin(): Gesture | null;
  /** Sets a cell in a gesture, painted with the next display frame. */
  set(own: Gesture | null, cell: number, value: number): void;
  end(own: Gesture | null, revert?: boolean): void;
  /** Puts back what the hand has changed, and lets go. */
  cancel(): void;
  /** Writes whole sets of cells at once: one edit, one undo step. */
  write(values: ReadonlyMap<number, number>): Promise<void>;
  /** Sends a command about the kernel; a refusal is said in words. Gives its moment, or null. */
  send(command: AnyCommand): Promise<number | null>;
  /** Sends a command once for the kernel's cells, once for the bias, as far as `cells` holds them. */
  each(command: { op: "freeze"; on: boolean } | { op: "revert" }, cells: number[]): Promise<void>;
}

type Values = ReadonlyMap<number, number>;

/** Makes what is read a thing to be edited; `items` are what else the hand can do. */
export function createEditor(
  { model, onPaint, onEnd, say, announce }: Context,
  reading: Reading,
  items: () => MenuItem[],
): Editor {
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
  const editor: Editor = Object.assign(reading, {
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
  } satisfies Omit<Editor, keyof Reading>);
  reading.over = {
    valueOf: (cell) => local.get(cell)?.value,
    holds: () => gesture !== null,
    flush,
    leave() {
      editor.end(gesture);
      local.clear();
    },
    settle(moment) {
      for (const [cell, { until }] of local) if (moment > until) local.delete(cell);
    },
    items,
  };
  onPaint(() => {
    if (news) say(editor.describe(editor.cell));
    news = false;
  });
  onEnd(() => {
    editor.end(gesture);
    flush();
  });
  return editor;
}
