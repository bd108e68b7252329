import { h } from "./dom";
import type { Choice, ChoiceOptions, Option } from "./segmented";

/** One of many: the browser's own list, in our clothes. The label is spoken, and shown if asked. */
export function createSelect<T extends string>(
  options: ChoiceOptions<T> & { showLabel?: boolean },
): Choice<T> {
  const select = h("select", { "aria-label": options.label });
  const node = h(
    "label",
    { class: "kw-select" },
    options.showLabel ? h("span", { class: "kw-label" }, options.label) : null,
    select,
  );
  const set = (value: T): void => {
    if (select.value !== value) select.value = value;
  };
  const setOptions = (list: readonly Option<T>[]): void => {
    const value = select.value as T;
    select.replaceChildren(
      ...list.map((option) => h("option", { value: option.value }, option.text)),
    );
    if (list.some((option) => option.value === value)) set(value);
  };
  select.addEventListener("change", () => options.onChange(select.value as T));
  setOptions(options.options);
  set(options.value);
  return { node, set, setOptions };
}
