import type { ExplorerTraits } from "../generated/schema";
import type { HostModel } from "../model/host";
import { connect, type Model } from "../model/model";
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
/** A sliding window moves many times a second; Python needs to know a few times. */
const SAVE_MS = 150;

/** Connects to the explorer's widget: its state, and what mounted views need of a model. */
export function connectExplorer(host: HostModel): { store: Store; model: Model } {
  const model = connect(host);
  let hidden: Numbers | null = null;
  let saving = 0;

  const set = (name: string, value: unknown): void => {
    host.set(name, value);
    if (saving) return;
    saving = window.setTimeout(() => {
      saving = 0;
      model.save();
    }, SAVE_MS);
  };
  const decoder = (name: "image" | "kernel"): (() => Numbers) => {
    let known: unknown;
    let numbers: Numbers;
    return () => {
      const value = model.get(name as never) as { shape: number[]; data: DataView };
      if (value !== known) {
        known = value;
        const { buffer, byteOffset, byteLength } = value.data;
        const data = new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
        numbers = { shape: value.shape, data };
      }
      return numbers;
    };
  };
  const [image, kernel] = [decoder("image"), decoder("kernel")];
  const encode = ({ shape, data }: Numbers) => ({
    shape: [...shape],
    data: new DataView(data.slice().buffer),
  });

  return {
    store: {
      get: (name) => model.get(name as never),
      set(state) {
        for (const [name, value] of Object.entries(state)) set(name, value);
      },
      get settings() {
        return Object.fromEntries(
          SETTINGS.map((name) => [name, model.get(name as never)]),
        ) as never;
      },
      get image() {
        return hidden ?? image();
      },
      get kernel() {
        return kernel();
      },
      setImage(next) {
        hidden = null;
        set("image", encode(next));
      },
      setKernel: (next) => set("kernel", encode(next)),
      showPrivately(next) {
        hidden = next;
        model.repaint();
      },
    },
    model,
  };
}
