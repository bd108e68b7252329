import { h } from "./dom";

export interface NumberField {
  readonly node: HTMLElement;
  set(value: number, count: number): void;
}

/** A position out of `count`, typed or stepped ("Filter 3"). Hidden where there is but one. */
export function createNumber(label: string, onChange: (value: number) => void): NumberField {
  const input = h("input", { type: "number", min: 0, step: 1, "aria-label": label });
  const node = h("label", { class: "kw-number" }, h("span", {}, label), input);
  input.addEventListener("change", () => {
    const value = Math.round(input.valueAsNumber);
    const last = Number(input.max);
    if (Number.isFinite(value)) onChange(Math.min(last, Math.max(0, value)));
  });
  return {
    node,
    set(value, count) {
      node.hidden = count < 2;
      input.max = String(count - 1);
      if (input.value !== String(value)) input.value = String(value);
    },
  };
}
