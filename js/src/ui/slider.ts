import { fromPosition, POSITIONS, type Scale, toPosition } from "../lib/scale";
import { h, setAttribute, setText } from "./dom";

export interface SliderOptions {
  label: string;
  scale: Scale;
  value: number | null;
  format(value: number | null): string;
  /** While it moves. */
  onInput?(value: number | null): void;
  /** When it is let go, or has moved one step by key. */
  onChange?(value: number | null): void;
  hideLabel?: boolean;
}

export interface Slider {
  readonly node: HTMLElement;
  /** Moves the thumb, unless a hand is on it. */
  set(value: number | null): void;
  setScale(scale: Scale): void;
  setEnabled(enabled: boolean): void;
}

/** The browser's own range input with its value in words; null stands for the "max" end. */
export function createSlider(options: SliderOptions): Slider {
  const input = h("input", {
    type: "range",
    min: 0,
    max: POSITIONS,
    step: 1,
    "aria-label": options.label,
  });
  const output = h("span", { class: "kw-value" });
  const node = h(
    "label",
    { class: "kw-slider" },
    options.hideLabel ? null : h("span", { class: "kw-label" }, options.label),
    input,
    output,
  );
  let { scale, value } = options;
  let held = false;

  const show = (): void => {
    const text = options.format(value);
    setText(output, text);
    setAttribute(input, "aria-valuetext", text);
  };
  const place = (): void => {
    input.value = String(toPosition(scale, value));
    show();
  };
  input.addEventListener("input", () => {
    held = true;
    value = fromPosition(scale, input.valueAsNumber);
    show();
    options.onInput?.(value);
  });
  input.addEventListener("change", () => {
    held = false;
    options.onChange?.(value);
  });
  place();
  return {
    node,
    set(next) {
      if (held || next === value) return;
      value = next;
      place();
    },
    setScale(next) {
      if (held || (next.low === scale.low && next.high === scale.high)) return;
      scale = next;
      place();
    },
    setEnabled(enabled) {
      input.disabled = !enabled;
    },
  };
}
