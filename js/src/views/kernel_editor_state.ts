import type { AnyCommand, LayerInfo, Parameter, SelectedPart, Verb } from "../generated/schema";
import type { Frame } from "../model/frame";
import { Cleanup } from "../ui/dom";
import { Gesture } from "./kernel_editor_gesture";
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
  readonly limit: number;
}

interface Local {
  value: number;
  /** The frame after which the network's own value shows again; null while held. */
  until: { seq: number; step: number } | null;
}

/** The kernel under edit: the network's values with the hand's over them, and the ways to change it. */
export class Editor {
  subject: Subject | null = null;
  /** The selected cell. */
  cell = 0;
  /** Which slice of a 3-D kernel is on show. */
  slice = 0;
  readonly #context: Context;
  readonly #cleanup = new Cleanup();
  readonly #painters = new Set<() => void>();
  readonly #local = new Map<number, Local>();
  readonly #ending = new Set<Gesture>();
  #gesture: Gesture | null = null;
  #limit = 1;
  #news = false;
  #scheduled = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#cleanup.add(context.model.onFrame((frame) => this.#take(frame)));
    for (const trait of ["_status", "_info", "tool", "palette"] as const) {
      this.#cleanup.add(context.model.on(trait, () => this.changed()));
    }
    this.#cleanup.add(context.theme.onChange(() => this.changed()));
    this.changed();
  }

  can(verb: Verb): boolean {
    return this.#context.model.get("_info")?.verbs.includes(verb) ?? false;
  }

  /** Calls back in the next display frame after anything changed. */
  onPaint(paint: () => void): void {
    this.#painters.add(paint);
  }

  changed(): void {
    this.#scheduled ||= requestAnimationFrame(() => {
      this.#scheduled = 0;
      this.#flush();
      for (const paint of this.#painters) paint();
    });
  }

  /** Half the color range; it stands still during a gesture. */
  get limit(): number {
    return this.#limit;
  }

  value(cell: number): number {
    return this.#local.get(cell)?.value ?? this.subject?.values[cell] ?? 0;
  }

  /** The kernel as it is painted, without the bias. */
  get cells(): number[] {
    return Array.from({ length: this.subject?.count ?? 0 }, (_, cell) => this.value(cell));
  }

  get isBias(): boolean {
    return this.cell === this.subject?.count;
  }

  /** "row 1, column 2", counted from one as people count. */
  nameOf(cell: number): string {
    const subject = this.subject;
    if (!subject || cell >= subject.count) return "bias";
    const columns = subject.shape.at(-1) ?? 1;
    const rows = subject.shape.at(-2) ?? 1;
    const row = Math.floor(cell / columns) % rows;
    return `row ${row + 1}, column ${(cell % columns) + 1}`;
  }

  select(cell: number): void {
    this.cell = cell;
    this.changed();
  }

  /** Takes the kernel into the hand; null where it cannot be edited, or a hand is on it. */
  begin(): Gesture | null {
    const subject = this.subject;
    if (!subject || !this.can("edit") || this.#gesture) return null;
    const gesture: Gesture = new Gesture(
      {
        send: (command) => this.#context.model.command(command),
        edits: (values, id, hold) => edits(subject, values, id, hold),
      },
      (cell) => this.value(cell),
      ({ step, error }) => {
        if (error) {
          if (this.#gesture === gesture) this.#gesture = null;
          this.#fail(error);
        }
        this.#letGo(gesture.values.keys(), error ? null : step);
      },
    );
    this.#gesture = gesture;
    return gesture;
  }

  /** Sets a cell in a gesture, painted with the next display frame. */
  set(gesture: Gesture, cell: number, value: number): void {
    if (gesture !== this.#gesture || !gesture.open) return;
    gesture.set(cell, value);
    this.#local.set(cell, { value, until: null });
    this.#news = true;
    this.changed();
  }

  end(gesture: Gesture | null, how: "keep" | "revert" = "keep"): void {
    if (!gesture || gesture !== this.#gesture) return;
    if (how === "revert") gesture.cancel();
    else gesture.end();
    for (const [cell, value] of gesture.values) this.#local.set(cell, { value, until: null });
    this.#ending.add(gesture);
    this.#gesture = null;
    this.changed();
  }

  /** Puts back what the hand has changed, and lets go. */
  cancelHand(): void {
    this.end(this.#gesture, "revert");
  }

  /** Whether the hand has changed something since this was last asked. */
  takeNews(): boolean {
    const news = this.#news;
    this.#news = false;
    return news;
  }

  get inHand(): boolean {
    return this.#gesture !== null;
  }

  /** Writes whole sets of cells at once: one edit, one undo step. */
  async write(values: ReadonlyMap<number, number>): Promise<void> {
    const subject = this.subject;
    if (!subject || this.#gesture) return;
    for (const [cell, value] of values) this.#local.set(cell, { value, until: null });
    this.#news = true;
    this.changed();
    const steps = await Promise.all(
      edits(subject, values, "", false).map((edit) => this.send(edit)),
    );
    this.#letGo(values.keys(), steps.includes(null) ? null : Math.max(...(steps as number[])));
  }

  /** Sends a command about the kernel; a refusal is said in words. Gives the step, or null. */
  async send(command: AnyCommand): Promise<number | null> {
    const answer = await this.#context.model.command(command);
    if (!answer.ok) this.#fail(answer.error);
    return answer.ok ? answer.step : null;
  }

  /** Sends a command once for the kernel's cells, once for the bias, as far as `cells` holds them. */
  async each(
    op: "freeze" | "revert",
    cells: readonly number[],
    extra: { on?: boolean } = {},
  ): Promise<void> {
    if (!this.subject) return;
    for (const part of address(this.subject, cells)) {
      await this.send({ op, ...part, ...extra } as AnyCommand);
    }
  }

  destroy(): void {
    this.end(this.#gesture);
    cancelAnimationFrame(this.#scheduled);
    this.#flush();
    this.#painters.clear();
    this.#cleanup.run();
  }

  #flush(): void {
    for (const gesture of this.#ending) gesture.flush();
    this.#ending.clear();
    this.#gesture?.flush();
  }

  #take(frame: Frame): void {
    const part = frame.header.selected;
    const layer = this.#context.model.get("_info")?.layers.find((one) => one.name === part?.layer);
    if (!part || !layer) return;
    const before = this.subject;
    const same =
      before?.layer.name === part.layer &&
      before.out === part.kernel[0] &&
      before.input === part.kernel[1];
    if (!same) {
      this.end(this.#gesture);
      this.#local.clear();
    }
    for (const [cell, { until }] of this.#local) {
      if (until && frame.header.seq > until.seq && frame.header.step >= until.step) {
        this.#local.delete(cell);
      }
    }
    this.subject = subjectOf(layer, part, frame);
    const cells = this.subject.values.length;
    if (this.cell >= cells) this.cell = 0;
    this.slice = Math.min(this.slice, (this.subject.shape.at(-3) ?? 1) - 1);
    if (!this.#gesture) this.#limit = this.subject.limit || 1;
    this.changed();
  }

  /** Shows the network's values again: with the frame after `step`, or at once. */
  #letGo(cells: Iterable<number>, step: number | null): void {
    const seq = this.#context.model.frame?.header.seq ?? 0;
    for (const cell of cells) {
      const local = this.#local.get(cell);
      if (!local || this.#gesture?.values.has(cell)) continue;
      if (step === null) this.#local.delete(cell);
      else local.until = { seq, step };
    }
    this.changed();
  }

  #fail(error: string): void {
    this.#news = false;
    this.#context.announce(`Not changed: ${error}`);
    this.changed();
  }
}

function subjectOf(layer: LayerInfo, part: SelectedPart, frame: Frame): Subject {
  const { data, shape } = frame.array(part.values);
  const frozen = new Set(part.frozen);
  if (part.bias_frozen) frozen.add(data.length);
  return {
    layer,
    out: part.kernel[0],
    input: part.kernel[1],
    shape,
    count: data.length,
    values: part.bias === null ? [...data] : [...data, part.bias],
    frozen,
    muted: part.muted,
    limit: part.limit,
  };
}

interface Address {
  layer: string;
  parameter: Parameter;
  cells: number[];
}

/** Where cells of the kernel lie in the layer: flat indices, in C order of the canonical view. */
function address(subject: Subject, cells: readonly number[]): Address[] {
  const first = (subject.out * subject.layer.shape[1]! + subject.input) * subject.count;
  const weights = cells.filter((cell) => cell < subject.count).map((cell) => first + cell);
  const layer = subject.layer.name;
  const parts: Address[] = [];
  if (weights.length > 0) parts.push({ layer, parameter: "weight", cells: weights });
  if (cells.includes(subject.count)) parts.push({ layer, parameter: "bias", cells: [subject.out] });
  return parts;
}

function edits(
  subject: Subject,
  values: ReadonlyMap<number, number>,
  gesture: string,
  hold: boolean,
): AnyCommand[] {
  const weights = [...values].filter(([cell]) => cell < subject.count).map(([, value]) => value);
  return address(subject, [...values.keys()]).map((part) => ({
    op: "edit",
    ...part,
    values: part.parameter === "bias" ? [values.get(subject.count)!] : weights,
    gesture,
    hold,
  }));
}
