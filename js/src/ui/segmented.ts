import { h, setChildren } from "./dom";

export interface Option<T extends string = string> {
  value: T;
  text: string;
  /** Accessible name, where the text alone says too little. */
  label?: string | undefined;
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

/** A few choices side by side, one of them on: the browser's own radio buttons, in our clothes. */
export function createSegmented<T extends string>(given: ChoiceOptions<T>): Choice<T> {
  const name = String(Math.random());
  const node = h("div.kw-segmented", { role: "radiogroup", "aria-label": given.label });
  return keepChoice(
    given,
    node,
    ({ value, text, label }) =>
      h(
        "label",
        { title: label },
        h("input", { type: "radio", name, value, "aria-label": label }),
        text,
      ),
    (value) => {
      for (const input of node.querySelectorAll("input")) input.checked = input.value === value;
    },
  );
}

/** Keeps a choice marked as it was last set, whenever the options in `list` change. */
export function keepChoice<T extends string>(
  { value, options, onChange }: ChoiceOptions<T>,
  list: HTMLElement,
  make: (option: Option<T>) => HTMLElement,
  mark: (value: T) => void,
  node = list,
): Choice<T> {
  const set = (next: T): void => {
    value = next;
    mark(value);
  };
  const setOptions = (options: readonly Option<T>[]): void => {
    if (setChildren(list, options, make)) mark(value);
  };
  list.addEventListener("change", ({ target }) => {
    value = (target as HTMLSelectElement).value as T;
    onChange(value);
  });
  setOptions(options);
  return { node, set, setOptions };
}
