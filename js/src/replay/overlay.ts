import type { AnyCommand, Edit, Parameter, Revert } from "../generated/schema";

type Values = ReadonlyMap<number, number>;

interface Change {
  layer: string;
  parameter: Parameter;
  gesture: string;
  /** What the cells held before and after; undefined is what was recorded. */
  before: Map<number, number | undefined>;
  after: Map<number, number | undefined>;
}

export type Overlay = ReturnType<typeof createOverlay>;

/** What a hand has changed in the page, laid over what was recorded. */
export function createOverlay() {
  const layers = new Map<string, Map<number, number>>();
  const done: Change[] = [];
  const undone: Change[] = [];
  let held = "";

  const valuesOf = (layer: string, parameter: Parameter): Map<number, number> => {
    const key = `${parameter} ${layer}`;
    const known = layers.get(key) ?? new Map();
    layers.set(key, known);
    return known;
  };
  const put = ({ layer, parameter }: Change, cells: Change["before"]): void => {
    const values = valuesOf(layer, parameter);
    for (const [cell, value] of cells) {
      if (value === undefined) values.delete(cell);
      else values.set(cell, value);
    }
  };
  const write = (
    { layer, parameter = "weight", cells }: Edit | Revert,
    value: (nth: number) => number | undefined,
    gesture = "",
  ): void => {
    const now = valuesOf(layer, parameter);
    const last = done.at(-1);
    const goesOn =
      gesture && last?.gesture === gesture && last.layer === layer && last.parameter === parameter;
    const change: Change = goesOn
      ? last
      : { layer, parameter, gesture, before: new Map(), after: new Map() };
    if (!goesOn) done.push(change);
    undone.length = 0;
    cells.forEach((cell, nth) => {
      if (!change.before.has(cell)) change.before.set(cell, now.get(cell));
      change.after.set(cell, value(nth));
    });
    put(change, change.after);
  };
  const step = (from: Change[], to: Change[], word: "undo" | "redo"): string => {
    const change = from.pop();
    if (!change) return `nothing to ${word}`;
    put(change, word === "undo" ? change.before : change.after);
    // A gesture that was undone does not go on.
    to.push({ ...change, gesture: "" });
    return "";
  };

  return {
    /** Carries out a command; says why not, "" when done, null when it is none of these. */
    apply(command: AnyCommand): string | null {
      switch (command.op) {
        case "edit":
          held = command.hold ? (command.gesture ?? "") : held;
          write(command, (nth) => command.values[nth], command.gesture);
          return "";
        case "revert":
          write(command, () => undefined);
          return "";
        case "release":
          held = "";
          return "";
        case "undo":
          return step(done, undone, "undo");
        case "redo":
          return step(undone, done, "redo");
        default:
          return null;
      }
    },
    /** The changed cells of a layer. */
    values: (layer: string, parameter: Parameter): Values => valuesOf(layer, parameter),
    /** Whether a hand is on a cell, so that colors are to stand still. */
    isHeld: (): boolean => held !== "",
    undoCount: (): number => done.length,
    redoCount: (): number => undone.length,
    /** Forgets it all; tells whether there was anything. */
    clear(): boolean {
      const some = done.length + undone.length > 0;
      layers.clear();
      done.length = undone.length = 0;
      held = "";
      return some;
    },
  };
}
