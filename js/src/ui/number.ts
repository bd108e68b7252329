import { h } from "./dom";

export interface NumberField {
  readonly node: HTMLElement;
  set(value: number, count: number): void;
}

/** A position out of `count`, typed or stepped ("Filter 3"). Hidden where there is but one. */
export function createNumber(label: string, onChange: (value: number) => void): NumberField {
  const input = h("input", {
    type: "number",
    min: 0,
    change() {
      const value = Math.round(input.valueAsNumber);
      if (Number.isFinite(value)) onChange(Math.min(Number(input.max), Math.max(0, value)));
    },
  });
  const node = h("label.kw-number", {}, label, input);
  return {
    node,
    set(value, count) {
      node.hidden = count < 2;
      input.max = String(count - 1);
      if (input.value !== String(value)) input.value = String(value);
    },
  };
}
