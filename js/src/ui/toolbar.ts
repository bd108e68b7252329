import { h } from "./dom";

type Item = HTMLElement | null | undefined | false;

/** A row of controls that wraps where it is narrow. */
export function createRow(...items: Item[]): HTMLElement {
  return h("div.kw-row", {}, ...items);
}

/** Controls that belong together: closer to each other, and named for screen readers. */
export function createGroup(label: string, ...items: Item[]): HTMLElement {
  return h("div.kw-group", { role: "group", "aria-label": label }, ...items);
}
