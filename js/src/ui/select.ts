import { h } from "./dom";
import { type Choice, type ChoiceOptions, keepChoice } from "./segmented";

/** One of many: the browser's own list, in our clothes. The label is spoken, and shown if asked. */
export function createSelect<T extends string>(
  given: ChoiceOptions<T> & { showLabel?: boolean },
): Choice<T> {
  const { label, showLabel } = given;
  const select = h("select", { "aria-label": label });
  return keepChoice(
    given,
    select,
    ({ value, text }) => h("option", { value }, text),
    (value) => {
      if (select.value !== value) select.value = value;
    },
    h("label.kw-select", {}, showLabel && h("span.kw-quiet", {}, label), select),
  );
}
