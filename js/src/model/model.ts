import type { Traits } from "../generated/schema";
import { decodeArray, type Values } from "./arrays";
import type { Frame } from "./frame";
import type { HostModel } from "./host";
import { createLink, type Link } from "./link";

export type TraitName = keyof Traits;
export type ProbePicture = Values & { sample: number; low: number; high: number };

/** What every view reads from and speaks to: live widget and static page alike. */
export interface Model extends Link {
  /** The value of a trait; undefined where this widget has no such control. */
  get<K extends TraitName>(name: K): Traits[K];
  /** Sets a control, here at once and in Python with the next animation frame. */
  set<K extends TraitName>(name: K, value: Traits[K]): void;
  /** The newest frame, decoded lazily; null before the first. */
  readonly frame: Frame | null;
  /** The probe picture on show, or null. */
  readonly probe: ProbePicture | null;
  /**
   * Paints with each display frame before which anything has changed: a frame came, a trait was set
   * from whichever side, or somebody asked. Returns the call that ends it.
   */
  onPaint(paint: () => void): () => void;
  /** Asks for a painting with the next display frame. */
  repaint(): void;
}

/** Word of what was painted goes out this often at most: each costs the host as much as a painting. */
const ACK_MS = 50;

/** Connects to a widget's model: one connection for all its views, so that a frame is acked once. */
export function connect(host: HostModel): Model {
  const painters = new Set<() => void>();
  let frame: Frame | null = null;
  let probe: ProbePicture | null = null;
  let probeOf: unknown[] = [];
  let shown: Frame["header"] | null = null;
  let painted = 0;
  let resting = 0;
  let scheduled = 0;
  let unsaved = false;
  /** What views have read: they are painted again when it changes. */
  const followed = new Set<string>();

  const get = (name: TraitName | "_probe_data") => {
    if (painters.size && !followed.has(name)) {
      followed.add(name);
      host.on(`change:${name}`, repaint);
    }
    return host.get(name);
  };
  const readFrame = (): Frame | null => {
    const header = get("_frame") as Traits["_frame"];
    const bytes = host.get("_data") as DataView | null;
    if (!header || !bytes) return null;
    if (frame?.header === header) return frame;
    const decoded = new Map<unknown, Values>();
    frame = {
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
    return frame;
  };
  const paint = (): void => {
    scheduled = 0;
    // A drag sets a control many times per display frame; Python needs the last value only.
    if (unsaved) link.save();
    unsaved = false;
    for (const painter of [...painters]) painter();
    const header = readFrame()?.header;
    // A view that is mounted later paints the same frame again.
    if (!header || painters.size === 0 || header === shown) return;
    shown = header;
    painted++;
    if (!resting) tell();
  };
  const ack = (): void => {
    link.event({ event: "ack", seq: shown?.seq ?? 0, painted });
    painted = 0;
  };
  const tell = (): void => {
    resting = 0;
    if (painted === 0) return;
    ack();
    resting = window.setTimeout(tell, ACK_MS);
  };
  const repaint = (): void => {
    if (!scheduled) scheduled = requestAnimationFrame(paint);
  };

  const link = createLink(host, repaint);

  // Jupyter says that something became of the connection, not what: the next word tries it.
  host.on("comm_live_update", ack);

  return {
    ...link,
    get: get as Model["get"],
    set(name, value) {
      unsaved = true;
      host.set(name, value);
      repaint();
    },
    get frame() {
      return readFrame();
    },
    get probe() {
      const header = get("_probe") as Traits["_probe"];
      const bytes = get("_probe_data") as DataView | null;
      // Another picture may have the same header.
      if (probeOf[0] !== header || probeOf[1] !== bytes) {
        probeOf = [header, bytes];
        probe = header && bytes && { ...header, ...decodeArray(header.values, bytes) };
      }
      return probe;
    },
    onPaint(painter) {
      painters.add(painter);
      repaint();
      return () => {
        painters.delete(painter);
        if (painters.size) return;
        for (const name of followed) host.off(`change:${name}`, repaint);
        followed.clear();
      };
    },
    repaint,
  };
}
