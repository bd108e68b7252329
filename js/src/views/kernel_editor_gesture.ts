import type { Answer, AnyCommand } from "../generated/schema";

/** Well inside the second after which Python lets held cells go. */
const HEARTBEAT_MS = 250;

/** What turns cells of the edited kernel into edit commands. */
export interface Target {
  send(command: AnyCommand): Promise<Answer>;
  edits(values: ReadonlyMap<number, number>, gesture: string, hold: boolean): AnyCommand[];
}

export interface GestureEnd {
  /** The step at which its last edit was applied. */
  step: number;
  /** Why the network did not take it, or "". */
  error: string;
}

/**
 * Cells under a hand, from press to release: one undo step. Its cells are held against training and
 * kept so by a heartbeat; `flush`, called once per display frame, sends the last values only.
 */
export class Gesture {
  /** Every cell it touched, at its present value. */
  readonly values = new Map<number, number>();
  readonly #id = `gesture-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  readonly #before = new Map<number, number>();
  readonly #changed = new Set<number>();
  readonly #target: Target;
  readonly #present: (cell: number) => number;
  readonly #onEnd: (end: GestureEnd) => void;
  #heartbeat = 0;
  #answers = 0;
  #step = 0;
  #sent = false;
  #state: "open" | "ending" | "over" = "open";

  constructor(target: Target, present: (cell: number) => number, onEnd: (end: GestureEnd) => void) {
    this.#target = target;
    this.#present = present;
    this.#onEnd = onEnd;
  }

  get open(): boolean {
    return this.#state === "open";
  }

  set(cell: number, value: number): void {
    if (!this.open) return;
    if (!this.#before.has(cell)) this.#before.set(cell, this.#present(cell));
    this.values.set(cell, value);
    this.#changed.add(cell);
  }

  /** Lets go with the next flush. */
  end(): void {
    if (this.open) this.#state = "ending";
  }

  /** Puts every cell back to what it was at the press, and lets go. */
  cancel(): void {
    if (!this.open) return;
    for (const [cell, value] of this.#before) this.set(cell, value);
    this.end();
  }

  flush(): void {
    if (this.#state === "over") return;
    if (this.#changed.size > 0) {
      this.#send(new Map([...this.#changed].map((cell) => [cell, this.values.get(cell)!])));
      this.#changed.clear();
    }
    if (this.#state === "ending") this.#finish();
  }

  #send(values: ReadonlyMap<number, number>): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = window.setTimeout(() => this.#send(this.values), HEARTBEAT_MS);
    this.#sent = true;
    for (const edit of this.#target.edits(values, this.#id, true)) {
      this.#answers++;
      this.#target.send(edit).then((answer) => {
        this.#answers--;
        this.#step = Math.max(this.#step, answer.step);
        if (!answer.ok) this.#finish(answer.error);
        else this.#settle();
      });
    }
  }

  #finish(error = ""): void {
    const over = this.#state === "over";
    clearTimeout(this.#heartbeat);
    this.#state = "over";
    if (!over && this.#sent) this.#target.send({ op: "release", gesture: this.#id });
    if (error) this.#report(error);
    else this.#settle();
  }

  #settle(): void {
    if (this.#state === "over" && this.#answers === 0) this.#report("");
  }

  #reported = false;
  #report(error: string): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#onEnd({ step: this.#step, error });
  }
}
