import type { Answer } from "../generated/schema";

/** Well inside the second after which Python lets held cells go. */
const HEARTBEAT_MS = 250;

export type Gesture = ReturnType<typeof createGesture>;

/**
 * Cells under a hand, from press to release: one undo step. Its cells are held against training and
 * kept so by a heartbeat; `flush`, called once per display frame, sends the last values, one edit at
 * a time. `onOver` gets the moment at which the last was applied, and why the network refused it, or
 * "".
 */
export function createGesture(
  send: (values: ReadonlyMap<number, number>, id: string) => Promise<Answer>[],
  release: (id: string) => void,
  onOver: (moment: number, error: string) => void,
) {
  const id = `gesture-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  /** Every cell it touched, at its present value, and as it was at the press. */
  const values = new Map<number, number>();
  const before = new Map<number, number>();
  const changed = new Map<number, number>();
  let open = true;
  let over = false;
  let sent = false;
  let told = false;
  let heartbeat = 0;
  let unanswered = 0;
  let applied = 0;

  const settle = (error = ""): void => {
    if (told || !over || (unanswered > 0 && !error)) return;
    told = true;
    onOver(applied, error);
  };
  const finish = (error = ""): void => {
    clearTimeout(heartbeat);
    if (!over && sent) release(id);
    open = false;
    over = true;
    settle(error);
  };
  const transmit = (part: ReadonlyMap<number, number>): void => {
    clearTimeout(heartbeat);
    sent = true;
    for (const answer of send(new Map(part), id)) {
      unanswered++;
      answer.then(({ ok, error, moment }) => {
        unanswered--;
        applied = Math.max(applied, moment);
        if (!ok) finish(error);
        settle();
        clearTimeout(heartbeat);
        if (open) heartbeat = window.setTimeout(transmit, HEARTBEAT_MS, values);
        flush();
      });
    }
    changed.clear();
  };
  const set = (cell: number, value: number, present: number): void => {
    if (!open) return;
    if (!before.has(cell)) before.set(cell, present);
    values.set(cell, value);
    changed.set(cell, value);
  };
  const flush = (): void => {
    if (over) return;
    // The last values do not wait: what is done next must come after them.
    if (changed.size > 0 && !(open && unanswered > 0)) transmit(changed);
    if (!open) finish();
  };
  return {
    values,
    set,
    /** Lets go with the next flush; reverted, every cell is put back to what it was at the press. */
    end(revert: boolean): void {
      if (revert) for (const [cell, value] of before) set(cell, value, value);
      open = false;
    },
    flush,
  };
}
