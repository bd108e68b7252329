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
}

/** The browser's own range input with its value in words; null stands for the "max" end. */
export function createSlider(options: SliderOptions): Slider {
  const { label, format, hideLabel } = options;
  let { scale, value } = options;
  let held = false;
  const show = (): void => {
    setText(output, format(value));
    setAttribute(input, "aria-valuetext", format(value));
  };
  const place = (): void => {
    if (held) return;
    input.value = String(toPosition(scale, value));
    show();
  };
  const output = h("span.kw-value");
  const input = h("input", {
    type: "range",
    max: POSITIONS,
    "aria-label": label,
    input() {
      held = true;
      value = fromPosition(scale, input.valueAsNumber);
      show();
      options.onInput?.(value);
    },
    change() {
      held = false;
      options.onChange?.(value);
    },
  });
  place();
  return {
    node: h("label.kw-slider", {}, !hideLabel && h("span.kw-quiet", {}, label), input, output),
    set(next) {
      if (!held) value = next;
      place();
    },
    setScale(next) {
      scale = next;
      place();
    },
  };
}
