import { h, setAttribute } from "./dom";

export interface Option<T extends string = string> {
  value: T;
  text: string;
  /** Accessible name, where the text alone says too little. */
  label?: string;
}

export interface Choice<T extends string> {
  readonly node: HTMLElement;
  set(value: T): void;
  setOptions(options: readonly Option<T>[]): void;
}

export interface ChoiceOptions<T extends string> {
  label: string;
  options: readonly Option<T>[];
  value: T;
  onChange(value: T): void;
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** A few choices side by side, one of them on: a radio group, arrows move the choice. */
export function createSegmented<T extends string>(options: ChoiceOptions<T>): Choice<T> {
  const node = h("div", { class: "kw-segmented", role: "radiogroup", "aria-label": options.label });
  let current = options.value;
  let buttons = new Map<T, HTMLButtonElement>();

  const set = (value: T): void => {
    current = value;
    // A value that is no option must leave the group reachable by Tab.
    const stop = buttons.has(value) ? value : buttons.keys().next().value;
    for (const [option, button] of buttons) {
      setAttribute(button, "aria-checked", String(option === value));
      setAttribute(button, "tabindex", option === stop ? 0 : -1);
    }
  };
  const choose = (value: T): void => {
    if (value === current) return;
    set(value);
    options.onChange(value);
  };
  const setOptions = (list: readonly Option<T>[]): void => {
    buttons = new Map(
      list.map((option) => {
        const attributes = {
          type: "button",
          role: "radio",
          "aria-label": option.label,
          title: option.label,
        };
        const button = h("button", attributes, option.text);
        button.addEventListener("click", () => choose(option.value));
        return [option.value, button];
      }),
    );
    node.replaceChildren(...buttons.values());
    set(current);
  };
  node.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const values = [...buttons.keys()];
    const index = Math.max(0, values.indexOf(current));
    const next = values[(index + step + values.length) % values.length];
    if (next === undefined) return;
    choose(next);
    buttons.get(next)?.focus();
  });
  setOptions(options.options);
  return { node, set, setOptions };
}
