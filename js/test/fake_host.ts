import { vi } from "vitest";
import type {
  AnyCommand,
  FrameHeader,
  LayerInfo,
  SourceInfo,
  Status,
} from "../src/generated/schema";
import { connect } from "../src/model/model";
import type { Context } from "../src/views/view";

type Sent = Partial<AnyCommand> & { id?: string; op?: string; event?: string };

export const LAYER: LayerInfo = {
  name: "conv1",
  names: ["conv1"],
  kind: "Conv2d",
  shape: [2, 2, 3, 3],
  in_channels: 2,
  stride: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  padding_mode: "zeros",
  dilation: [1, 1],
  groups: 1,
  transposed: false,
  bias: true,
  parametrized: false,
  reads_image: true,
  text: "conv1: 2 filters",
};

export const STATUS: Status = {
  state: "paused",
  text: "paused at step 7",
  hint: "",
  error: "",
  step: 7,
  steps_per_s: null,
  cost_text: "",
  learning_rate: 0.01,
  max_steps_per_s: null,
  undo: 0,
  redo: 0,
  score_text: "",
};

const INFO = {
  title: "",
  about: "",
  layers: [LAYER],
  verbs: [
    "edit",
    "freeze",
    "mute",
    "undo",
    "start",
    "pause",
    "step",
    "restart",
    "speed",
    "learning_rate",
  ],
  quantities: ["weight"],
  samples: [],
  presets: {
    "3x3": [
      { name: "identity", values: [0, 0, 0, 0, 1, 0, 0, 0, 0], maker: "", parameters: [] },
      {
        name: "vertical line",
        values: [-0.5, 1, -0.5, -0.5, 1, -0.5, -0.5, 1, -0.5],
        maker: "line",
        parameters: [
          { name: "angle_deg", label: "Angle", unit: "°", low: 0, high: 180, step: 5, value: 0 },
          { name: "width_px", label: "Width", unit: " px", low: 1, high: 1.5, step: 0, value: 1 },
        ],
      },
    ],
  },
} satisfies SourceInfo;

/** A widget's model without a kernel: keeps what is sent, and answers at once or when told. */
export class FakeHost {
  readonly state: Record<string, unknown>;
  /** Whether commands wait for `answer`; else each is done when it comes. */
  slow = false;
  readonly sent: Sent[] = [];
  readonly #listeners = new Map<string, Set<(...args: never[]) => void>>();
  #seq = 0;

  constructor(state: Record<string, unknown> = {}) {
    this.state = {
      _info: INFO,
      _status: STATUS,
      layer: "conv1",
      selected: [0, 0],
      tool: "value",
      palette: "RdBu",
      ...state,
    };
  }
  get(key: string): unknown {
    return this.state[key];
  }
  set(key: string, value: unknown): void {
    this.state[key] = value;
    this.emit(`change:${key}`);
  }
  save_changes(): void {}
  send(content: unknown): void {
    const message = content as Sent;
    this.sent.push(message);
    if (message.op && !this.slow) void this.answer(message);
  }
  on(name: string, callback: (...args: never[]) => void): void {
    const known = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, known.add(callback));
  }
  off(name: string, callback: (...args: never[]) => void): void {
    this.#listeners.get(name)?.delete(callback);
  }
  emit(name: string, content?: unknown): void {
    for (const call of [...(this.#listeners.get(name) ?? [])]) call(content as never);
  }
  /** How many callbacks are registered now. */
  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, calls) => sum + calls.size, 0);
  }
  /** The commands sent, or those of one kind. */
  commands(op?: string): Sent[] {
    return this.sent.filter((message) => message.op && (!op || message.op === op));
  }
  async answer(message: Sent | undefined, error = "", moment = 8): Promise<void> {
    this.emit("msg:custom", { answer: { id: message?.id, ok: !error, moment, error } });
    await settled();
  }
  /** Publishes the selected kernel. */
  publish(
    values: number[],
    extra: { limit?: number; moment?: number; frozen?: number[] } = {},
  ): void {
    const { limit = 1, moment = 7, frozen = [] } = extra;
    const shape = (this.state._info as SourceInfo).layers[0]!.shape.slice(2);
    const spec = { dtype: "f4" as const, shape, start: 0, scale: 1, offset: 0, error: 0 };
    const header: FrameHeader = {
      seq: ++this.#seq,
      step: 7,
      moment,
      kernels: null,
      maps: null,
      map: null,
      answers: null,
      curves: null,
      selected: {
        layer: "conv1",
        kernel: this.state.selected as [number, number],
        values: spec,
        limit,
        bias: 0.5,
        frozen,
        bias_frozen: false,
        muted: false,
      },
    };
    this.state._data = new DataView(Float32Array.from(values).buffer);
    this.state._frame = header;
    this.emit("change:_frame");
    nextFrame();
  }
}

/** Lets answers reach those who wait for them. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 9; i++) await Promise.resolve();
}

/** Lets the next display frame come (fake timers). */
export function nextFrame(): void {
  vi.advanceTimersByTime(17);
  vi.advanceTimersByTime(17);
}

/** A context as `mount` gives it, that keeps what is said. */
export function fakeContext(
  host: FakeHost,
): Context & { said: string[]; announced: string[]; destroy(): void } {
  const model = connect(host);
  const ends: (() => void)[] = [];
  const said: string[] = [];
  const announced: string[] = [];
  const context = {
    model,
    onPaint: (paint: () => void) => void ends.push(model.onPaint(paint)),
    onEnd: (call: () => void) => void ends.push(call),
    destroy() {
      for (const end of ends.splice(0).reverse()) end();
    },
    theme: { dark: false, destroy() {} },
    show() {},
    say: (text: string) => void said.push(text),
    announce: (text: string) => void announced.push(text),
    child: () => context,
    said,
    announced,
  };
  return context;
}
