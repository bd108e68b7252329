import type { ExplorerTraits } from "../generated/schema";
import type { HostModel } from "../model/host";
import type { Numbers } from "./compute";
import type { Settings } from "./settings";

type Name = keyof ExplorerTraits;
type Control = Exclude<Name, "image" | "kernel" | "_live">;

/** The explorer's state: shared with Python, but for pictures of the camera, which stay here. */
export interface Store {
  get<K extends Control | "_live">(name: K): ExplorerTraits[K];
  /** Sets controls, here at once and in Python a moment later. */
  set(state: Partial<Pick<ExplorerTraits, Control>>): void;
  readonly settings: Settings;
  /** The input on show. */
  readonly image: Numbers;
  readonly kernel: Numbers;
  setImage(image: Numbers): void;
  setKernel(kernel: Numbers): void;
  /** Shows a picture that Python never gets; null goes back to the shared one. */
  showPrivately(image: Numbers | null): void;
  onChange(call: () => void): () => void;
  destroy(): void;
}

const SETTINGS = [
  "mode",
  "padding",
  "padding_mode",
  "stride",
  "dilation",
  "groups",
  "bias",
  "relu",
  "pool",
] as const;
const NAMES: readonly Name[] = [...SETTINGS, "channel", "position", "image", "kernel", "_live"];
/** A sliding window moves many times a second; Python needs to know a few times. */
const SAVE_MS = 150;

export function createStore(host: HostModel): Store {
  const callbacks = new Set<() => void>();
  const decoded = new Map<unknown, Numbers>();
  let hidden: Numbers | null = null;
  let saving = 0;

  const changed = (): void => {
    for (const call of [...callbacks]) call();
  };
  const numbers = (name: "image" | "kernel"): Numbers => {
    const value = host.get(name) as { shape: number[]; data: DataView };
    let known = decoded.get(value);
    if (!known) {
      const { buffer, byteOffset, byteLength } = value.data;
      const data = new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
      known = { shape: value.shape, data };
      // Only the pictures on show are worth keeping.
      if (decoded.size > 3) decoded.clear();
      decoded.set(value, known);
    }
    return known;
  };
  const save = (): void => {
    saving ||= window.setTimeout(flush, SAVE_MS);
  };
  const flush = (): void => {
    saving = 0;
    host.save_changes();
  };
  const setNumbers = (name: "image" | "kernel", { shape, data }: Numbers): void => {
    const copy = new Float64Array(data);
    host.set(name, { shape: [...shape], data: new DataView(copy.buffer) });
    save();
  };
  for (const name of NAMES) host.on(`change:${name}`, changed);

  const get: Store["get"] = (name) => host.get(name) as never;
  return {
    get,
    set(state) {
      for (const [name, value] of Object.entries(state)) host.set(name, value);
      save();
    },
    get settings() {
      return Object.fromEntries(SETTINGS.map((name) => [name, get(name)])) as unknown as Settings;
    },
    get image() {
      return hidden ?? numbers("image");
    },
    get kernel() {
      return numbers("kernel");
    },
    setImage(image) {
      hidden = null;
      setNumbers("image", image);
    },
    setKernel: (kernel) => setNumbers("kernel", kernel),
    showPrivately(image) {
      hidden = image;
      changed();
    },
    onChange(call) {
      callbacks.add(call);
      return () => callbacks.delete(call);
    },
    destroy() {
      if (saving) {
        clearTimeout(saving);
        flush();
      }
      for (const name of NAMES) host.off(`change:${name}`, changed);
      callbacks.clear();
    },
  };
}
