import { createSurface } from "../draw/surface";
import { h, setText } from "./dom";

/** A palette with the values at its ends. */
export interface ColorBar {
  readonly node: HTMLElement;
  set(palette: Uint32Array, low: string, high: string): void;
}

export function createColorBar(): ColorBar {
  const low = h("span", { class: "kw-bar-low" });
  const high = h("span", { class: "kw-bar-high" });
  const canvas = h("canvas", { "aria-hidden": "true" });
  const surface = createSurface(canvas);
  surface.resize(255, 1);
  const node = h("div", { class: "kw-color-bar" }, low, canvas, high);
  let shown: Uint32Array | null = null;
  return {
    node,
    set(palette, lowText, highText) {
      setText(low, lowText);
      setText(high, highText);
      if (palette === shown) return;
      shown = palette;
      surface.data.set(palette.subarray(1));
      surface.put();
    },
  };
}
