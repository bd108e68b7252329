import { h } from "./dom";
import type { Choice, ChoiceOptions, Option } from "./segmented";

/** One of many: the browser's own list, in our clothes. The label is spoken, and shown if asked. */
export function createSelect<T extends string>(
  given: ChoiceOptions<T> & { showLabel?: boolean },
): Choice<T> {
  const { label, onChange, showLabel } = given;
  let options: readonly Option<T>[] = [];
  const select = h("select", {
    "aria-label": label,
    change: () => onChange(select.value as T),
  });
  const node = h("label.kw-select", {}, showLabel && h("span.kw-quiet", {}, label), select);
  const set = (value: T): void => {
    if (select.value !== value) select.value = value;
  };
  const setOptions = (list: readonly Option<T>[]): void => {
    if (JSON.stringify(list) === JSON.stringify(options)) return;
    options = list;
    const before = select.value as T;
    select.replaceChildren(...list.map(({ value, text }) => h("option", { value }, text)));
    if (list.some(({ value }) => value === before)) set(before);
  };
  setOptions(given.options);
  set(given.value);
  return { node, set, setOptions };
}
