import type { Ack, Answer, AnyCommand, PageError, Traits, Visible } from "../generated/schema";
import { decodeArray, type Values } from "./arrays";
import type { Frame } from "./frame";
import type { HostModel } from "./host";

export type TraitName = keyof Traits;
export type ProbePicture = Values & { sample: number; low: number; high: number };

/** What every view reads from and speaks to: live widget and static page alike. */
export interface Model {
  /** The value of a trait; undefined where this widget has no such control. */
  get<K extends TraitName>(name: K): Traits[K];
  /** Sets a control, here at once and in Python with the next animation frame. */
  set<K extends TraitName>(name: K, value: Traits[K]): void;
  /** Calls back when a trait changes, from whichever side; returns the call that ends it. */
  on(name: TraitName, callback: () => void): () => void;
  /** The newest frame, decoded lazily; null before the first. */
  readonly frame: Frame | null;
  /** Paints with each new frame, at most once per display frame; returns the call that ends it. */
  onFrame(paint: (frame: Frame) => void): () => void;
  /** The probe picture on show, or null. */
  readonly probe: ProbePicture | null;
  /** Sends a command; resolves to its answer (never rejects: a lost kernel is an answer, too). */
  command(command: AnyCommand): Promise<Answer>;
  event(event: Visible | PageError): void;
  /** Whether the host can no longer reach Python; what was last received stays. */
  readonly lost: boolean;
  /** Calls back when Python is lost, or found again; returns the call that ends it. */
  onLost(callback: () => void): () => void;
}

const ANSWER_TIMEOUT_MS = 5000;
const PROBE = ["_probe", "_probe_data"];

/** Connects to a widget's model: one connection for all its views, so that a frame is acked once. */
export function connect(host: HostModel): Model {
  const painters = new Set<(frame: Frame) => void>();
  const waiting = new Map<string, (answer: Answer) => void>();
  const prefix = Math.random().toString(36).slice(2, 8);
  let count = 0;
  let frame: Frame | null = null;
  let probe: ProbePicture | null = null;
  let acked: Frame["header"] | null = null;
  const losers = new Set<() => void>();
  let lost = false;
  let painting = 0;
  let saving = false;

  /** Hosts throw when their kernel is gone; gives whether it went well. */
  const reach = (send: () => void): boolean => {
    let gone = false;
    try {
      send();
    } catch {
      gone = true;
    }
    if (gone !== lost) {
      lost = gone;
      for (const call of [...losers]) call();
    }
    return !gone;
  };
  const ack = (seq: number): void =>
    void reach(() => host.send({ event: "ack", seq } satisfies Ack));

  const readFrame = (): Frame | null => {
    const header = host.get("_frame") as Traits["_frame"];
    const bytes = host.get("_data") as DataView | null;
    if (!header || !bytes) return null;
    if (frame?.header === header) return frame;
    const decoded = new Map<unknown, Values>();
    return {
      header,
      array(spec) {
        let values = decoded.get(spec);
        if (!values) {
          values = decodeArray(spec, bytes);
          decoded.set(spec, values);
        }
        return values;
      },
    };
  };

  const paint = (): void => {
    painting = 0;
    frame = readFrame();
    if (!frame) return;
    for (const painter of [...painters]) painter(frame);
    // A view that is mounted later paints the same frame again.
    if (painters.size === 0 || frame.header === acked) return;
    acked = frame.header;
    ack(acked.seq);
  };

  const onFrame = (): void => {
    if (painting === 0) painting = requestAnimationFrame(paint);
  };
  const onProbe = (): void => {
    const header = host.get("_probe") as Traits["_probe"];
    const bytes = host.get("_probe_data") as DataView | null;
    probe =
      header && bytes
        ? {
            ...decodeArray(header.values, bytes),
            sample: header.sample,
            low: header.low,
            high: header.high,
          }
        : null;
  };
  const onMessage = (content: { answer?: Answer }): void => {
    if (!content.answer) return;
    waiting.get(content.answer.id)?.(content.answer);
  };

  host.on("change:_frame", onFrame);
  // Another picture may have the same header.
  for (const name of PROBE) host.on(`change:${name}`, onProbe);
  host.on("msg:custom", onMessage);
  // Jupyter says that something became of the connection, not what: the next word tries it.
  host.on("comm_live_update", () => ack(acked?.seq ?? 0));
  onProbe();

  return {
    get: (name) => host.get(name) as never,
    set(name, value) {
      host.set(name, value);
      if (saving) return;
      saving = true;
      // A drag sets a control many times per display frame; Python needs the last value only.
      requestAnimationFrame(() => {
        saving = false;
        reach(() => host.save_changes());
      });
    },
    on(name, callback) {
      const listener = (): void => callback();
      const names = name === "_probe" ? PROBE : [name];
      for (const each of names) host.on(`change:${each}`, listener);
      return () => {
        for (const each of names) host.off(`change:${each}`, listener);
      };
    },
    get frame() {
      frame = readFrame();
      return frame;
    },
    onFrame(painter) {
      painters.add(painter);
      onFrame();
      return () => painters.delete(painter);
    },
    get probe() {
      return probe;
    },
    command(command) {
      const id = `${prefix}-${++count}`;
      return new Promise((resolve) => {
        const settle = (answer: Answer): void => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(answer);
        };
        const timer = setTimeout(
          () => settle({ id, ok: false, step: 0, error: "no answer from the kernel yet" }),
          ANSWER_TIMEOUT_MS,
        );
        waiting.set(id, settle);
        const sent = reach(() => host.send({ id, ...command }));
        if (!sent) settle({ id, ok: false, step: 0, error: "the kernel is gone" });
      });
    },
    event: (event) => void reach(() => host.send(event)),
    get lost() {
      return lost;
    },
    onLost(callback) {
      losers.add(callback);
      return () => losers.delete(callback);
    },
  };
}
