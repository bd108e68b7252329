import { h, setAttribute, setText } from "./dom";
import { type IconName, icon } from "./icons";

export interface ButtonOptions {
  /** The accessible name, and the tooltip where no text is shown. */
  label: string;
  icon?: IconName;
  /** The text shown; null shows the icon alone. Left out, the label is shown. */
  text?: string | null;
  /** A longer tooltip. */
  title?: string;
  primary?: boolean;
  /** Makes it a toggle that starts in this state. */
  pressed?: boolean;
  onPress(): void;
}

export interface Button {
  readonly node: HTMLButtonElement;
  setLabel(label: string, icon?: IconName): void;
  setPressed(pressed: boolean): void;
  setEnabled(enabled: boolean): void;
}

/** A push button, or with `pressed` a toggle. */
export function createButton(options: ButtonOptions): Button {
  const shown = options.text === undefined ? options.label : options.text;
  const text = shown === null ? null : h("span", {}, shown);
  const node = h("button", {
    type: "button",
    class: `kw-button${options.primary ? " kw-primary" : ""}${text ? "" : " kw-bare"}`,
    "aria-label": shown === options.label ? null : options.label,
    "aria-pressed": options.pressed === undefined ? null : String(options.pressed),
    title: options.title ?? (shown === options.label ? null : options.label),
  });
  let drawing = options.icon;
  if (drawing) node.append(icon(drawing));
  if (text) node.append(text);
  node.addEventListener("click", () => {
    if (node.getAttribute("aria-disabled") !== "true") options.onPress();
  });
  return {
    node,
    setLabel(label, name) {
      if (text) setText(text, label);
      else setAttribute(node, "aria-label", label);
      if (name && name !== drawing) {
        drawing = name;
        node.querySelector("svg")?.replaceWith(icon(name));
      }
    },
    setPressed: (pressed) => setAttribute(node, "aria-pressed", String(pressed)),
    // Not `disabled`: that would throw the focus away under somebody's fingers.
    setEnabled: (enabled) => setAttribute(node, "aria-disabled", enabled ? null : "true"),
  };
}
