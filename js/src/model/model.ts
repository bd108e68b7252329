import type { Traits } from "../generated/schema";
import { decodeArray, type Values } from "./arrays";
import type { Frame } from "./frame";
import type { HostModel } from "./host";
import { createLink, type Link } from "./link";

export type TraitName = keyof Traits;
export type ProbePicture = Values & { sample: number; low: number; high: number };

/** What every view reads from and speaks to: live widget and static page alike. */
export interface Model extends Omit<Link, "save"> {
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
}

const PROBE = ["_probe", "_probe_data"];

/** Connects to a widget's model: one connection for all its views, so that a frame is acked once. */
export function connect(host: HostModel): Model {
  const link = createLink(host);
  const painters = new Set<(frame: Frame) => void>();
  let frame: Frame | null = null;
  let probe: ProbePicture | null = null;
  let acked: Frame["header"] | null = null;
  let painting = 0;
  let saving = false;

  const ack = (seq: number): void => link.event({ event: "ack", seq });

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
  host.on("change:_frame", onFrame);
  // Another picture may have the same header.
  for (const name of PROBE) host.on(`change:${name}`, onProbe);
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
        link.save();
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
    command: link.command,
    event: link.event,
    get lost() {
      return link.lost;
    },
    onLost: link.onLost,
  };
}
