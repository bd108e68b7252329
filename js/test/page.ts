import { vi } from "vitest";
import type { ArraySpec, FrameHeader, LayerInfo, SourceInfo } from "../src/generated/schema";
import { type FakeHost, LAYER, nextFrame } from "./fake_host";

export interface Page {
  /** What was last put onto a canvas, as 32-bit pixels. */
  pixels(canvas: HTMLCanvasElement): Uint32Array;
  /** All that was written onto canvases. */
  texts: string[];
  /** Tells that something came onto the screen, or left it. */
  showOnScreen(visible: boolean): void;
}

/** What the test page lacks: sizes, canvases, observers, sheets of style. Use with fake timers. */
export function standIn(width = 600, height = 420): Page {
  const shown = new WeakMap<HTMLCanvasElement, Uint32Array>();
  const texts: string[] = [];
  const intersections = new Set<(entries: { isIntersecting: boolean }[]) => void>();
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(width);
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(height);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (
    this: HTMLCanvasElement,
  ) {
    const own: { [name: string]: unknown } = {
      createImageData: (w: number, h: number) => ({ data: new Uint8ClampedArray(4 * w * h) }),
      putImageData: (image: ImageData) =>
        shown.set(this, new Uint32Array(image.data.buffer as ArrayBuffer).slice()),
      fillText: (text: string) => texts.push(text),
      measureText: (text: string) => ({ width: 6 * text.length }),
    };
    return new Proxy(own, { get: (target, key: string) => target[key] ?? (() => {}) }) as never;
  } as never);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe(): void {}
      disconnect(): void {}
    },
  );
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      readonly #call: (entries: { isIntersecting: boolean }[]) => void;
      constructor(call: (entries: { isIntersecting: boolean }[]) => void) {
        this.#call = call;
      }
      observe(): void {
        intersections.add(this.#call);
      }
      disconnect(): void {
        intersections.delete(this.#call);
      }
    },
  );
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener() {},
    removeEventListener() {},
  }));
  return {
    pixels: (canvas) => shown.get(canvas) ?? new Uint32Array(0),
    texts,
    showOnScreen(visible) {
      for (const call of intersections) call([{ isIntersecting: visible }]);
      nextFrame();
    },
  };
}

export function layerLike(facts: Partial<LayerInfo>): LayerInfo {
  return { ...LAYER, ...facts };
}

/** State of a widget that shows these layers. */
export function stateOf(layers: LayerInfo[], info: Partial<SourceInfo> = {}) {
  return {
    _info: {
      title: "",
      about: "",
      layers,
      verbs: ["probe"],
      quantities: ["weight", "gradient"],
      samples: ["seven", "blank"],
      presets: {},
      ...info,
    } satisfies SourceInfo,
    _order: [],
    _view: "kernel-grid",
    layer: layers[0]?.name ?? "",
    show: "weight",
    scale: "layer",
    sort: "index",
    numbers: false,
    rgb: true,
    stage: "before",
    map_scale: "shared",
    sample: 0,
  };
}

/** Packs arrays as Python does; the frame's bytes start at an odd place of their buffer. */
export function packer() {
  const chunks: Float32Array[] = [];
  let length = 0;
  return {
    add(values: ArrayLike<number>, shape: number[]): ArraySpec {
      const spec = { dtype: "f4" as const, shape, start: length, scale: 1, offset: 0, error: 0 };
      chunks.push(Float32Array.from(values));
      length += 4 * values.length;
      return spec;
    },
    bytes(): DataView {
      const buffer = new Uint8Array(length + 3);
      let at = 3;
      for (const chunk of chunks) {
        buffer.set(new Uint8Array(chunk.buffer), at);
        at += chunk.byteLength;
      }
      return new DataView(buffer.buffer, 3, length);
    },
  };
}

let seq = 0;

/** Publishes a frame with these parts, and lets it be painted. */
export function publish(
  host: FakeHost,
  pack: ReturnType<typeof packer>,
  parts: Partial<FrameHeader>,
): void {
  const none = {
    kernels: null,
    selected: null,
    maps: null,
    map: null,
    answers: null,
    curves: null,
  };
  host.state._data = pack.bytes();
  host.state._frame = { seq: ++seq, step: 7, moment: 0, ...none, ...parts } satisfies FrameHeader;
  host.emit("change:_frame");
  nextFrame();
}

/** Puts a probe picture on show. */
export function publishProbe(host: FakeHost, values: ArrayLike<number>, shape: number[]): void {
  const pack = packer();
  host.state._probe = { sample: 0, low: 0, high: 1, values: pack.add(values, shape) };
  host.state._probe_data = pack.bytes();
  host.emit("change:_probe");
  nextFrame();
}
