import { createSurface } from "../draw/surface";
import { h, setText } from "../ui/dom";

/** A palette with the values at its ends. */
export interface ColorBar {
  readonly node: HTMLElement;
  set(palette: Uint32Array, low: string, high: string): void;
}

export function createColorBar(): ColorBar {
  const low = h("span");
  const high = h("span");
  const canvas = h("canvas", { "aria-hidden": "true" });
  const surface = createSurface(canvas);
  surface.resize(255, 1);
  return {
    node: h("div.kw-color-bar kw-row", {}, low, canvas, high),
    set(palette, lowText, highText) {
      setText(low, lowText);
      setText(high, highText);
      surface.data.set(palette.subarray(1));
      surface.put();
    },
  };
}
