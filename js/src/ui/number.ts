import { h } from "./dom";

export interface NumberField {
  readonly node: HTMLElement;
  set(value: number, count: number): void;
}

/** A position out of `count`, typed or stepped ("Filter 3"). Hidden where there is but one. */
export function createNumber(label: string, onChange: (value: number) => void): NumberField {
  const input = h("input", { type: "number", min: 0 });
  const show = listenToTyping(input, () => {
    const value = Math.round(input.valueAsNumber);
    if (Number.isFinite(value)) onChange(Math.min(Number(input.max), Math.max(0, value)));
  });
  const node = h("label.kw-number", {}, label, input);
  return {
    node,
    set(value, count) {
      node.hidden = count < 2;
      input.max = String(count - 1);
      show(String(value));
    },
  };
}

/** Calls back when something was typed or stepped; returns what shows a value, but not while typing. */
export function listenToTyping(
  input: HTMLInputElement,
  onTyped: () => void,
): (text: string) => void {
  let typing = false;
  const end = (): void => {
    typing = false;
    onTyped();
  };
  input.addEventListener("input", () => {
    typing = true;
  });
  input.addEventListener("change", end);
  // JupyterLab keeps the browser from taking Enter for the end of typing.
  input.addEventListener("keydown", ({ key }) => {
    if (key === "Enter" && typing) end();
  });
  return (text) => {
    if (!typing && input.value !== text) input.value = text;
  };
}
