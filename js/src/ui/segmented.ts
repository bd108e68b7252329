import { h, setAttribute } from "./dom";

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

/** A few choices side by side, one of them on: a radio group, arrows move the choice. */
export function createSegmented<T extends string>(given: ChoiceOptions<T>): Choice<T> {
  let current = given.value;
  let options: readonly Option<T>[] = [];
  let buttons: HTMLButtonElement[] = [];

  const index = (): number => options.findIndex(({ value }) => value === current);
  const set = (value: T): void => {
    current = value;
    buttons.forEach((button, nth) => {
      setAttribute(button, "aria-checked", String(nth === index()));
      // A value that is no option must leave the group reachable by Tab.
      setAttribute(button, "tabindex", nth === Math.max(0, index()) ? 0 : -1);
    });
  };
  const choose = (nth: number): void => {
    const value = options[nth]!.value;
    if (value === current) return;
    set(value);
    given.onChange(value);
  };
  const node = h("div.kw-segmented", {
    role: "radiogroup",
    "aria-label": given.label,
    keydown(event: KeyboardEvent) {
      const step = /^Arrow(Right|Down)$/.test(event.key) ? 1 : /^Arrow/.test(event.key) ? -1 : 0;
      if (!step || event.ctrlKey || event.metaKey || event.altKey || !buttons.length) return;
      event.preventDefault();
      const next = (Math.max(0, index()) + step + buttons.length) % buttons.length;
      choose(next);
      buttons[next]!.focus();
    },
  });
  const setOptions = (list: readonly Option<T>[]): void => {
    if (JSON.stringify(list) === JSON.stringify(options)) return;
    options = list;
    buttons = list.map(({ text, label }, nth) =>
      h(
        "button",
        { role: "radio", "aria-label": label, title: label, click: () => choose(nth) },
        text,
      ),
    );
    node.replaceChildren(...buttons);
    set(current);
  };
  setOptions(given.options);
  return { node, set, setOptions };
}
