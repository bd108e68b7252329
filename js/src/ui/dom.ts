type Child = Node | string | null | undefined | false;
type Listener<K extends keyof HTMLElementEventMap> = (event: HTMLElementEventMap[K]) => void;
type Value = string | number | boolean | null | undefined;
// biome-ignore lint/suspicious/noExplicitAny: each event has a type of its own
type Attributes = { [name: string]: Value | ((event: any) => void) };

/**
 * Makes an element: `h("button.kw-button", { "aria-pressed": "true" }, "Pause")`; more classes follow
 * after blanks. Functions are listeners: `{ click: () => … }`. A `style` passes strict policies, too.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K | `${K}.${string}`,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const [tag, classes] = name.split(".");
  const element = document.createElement(tag as K);
  if (classes) element.className = classes;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "style") element.style.cssText = String(value);
    else setAttribute(element, name, value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Sets, or with null/undefined/false removes, an attribute; touches the page only on a change. */
export function setAttribute(element: Element, name: string, value: Value): void {
  if (value == null || value === false) element.removeAttribute(name);
  else {
    const text = value === true ? "" : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** Sets an element's text; touches the page only on a change (a live region would repeat itself). */
export function setText(element: Node, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * What a key means here; the host then hears nothing of it. Keys that are pressed with others are its
 * own, and so is what means nothing.
 */
export function keyOf<T>(event: KeyboardEvent, meanings: { [key: string]: T }): T | undefined {
  const { key, altKey, ctrlKey, metaKey } = event;
  const meaning = altKey || ctrlKey || metaKey ? undefined : meanings[key];
  if (meaning !== undefined) {
    event.preventDefault();
    event.stopPropagation();
  }
  return meaning;
}

const filled = new WeakMap<Element, string>();

/** Puts what `make` makes of each item into an element, where the items are others than before. */
export function setChildren<T>(
  element: Element,
  items: readonly T[],
  make: (item: T) => Node,
): boolean {
  const text = JSON.stringify(items);
  const changed = filled.get(element) !== text;
  if (changed) element.replaceChildren(...items.map(make));
  filled.set(element, text);
  return changed;
}

/** Collects the calls that undo what a view set up. */
export class Cleanup {
  readonly #calls: (() => void)[] = [];

  add(call: () => void): void {
    this.#calls.push(call);
  }

  listen<K extends keyof HTMLElementEventMap>(
    target: EventTarget,
    type: K,
    listener: Listener<K>,
    options?: AddEventListenerOptions,
  ): void {
    target.addEventListener(type, listener as EventListener, options);
    this.add(() => target.removeEventListener(type, listener as EventListener, options));
  }

  run(): void {
    for (const call of this.#calls.splice(0).reverse()) call();
  }
}
