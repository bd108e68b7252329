import { h, setAttribute, setText } from "./dom";
import { type IconName, icon } from "./icons";

export interface ButtonOptions {
  /** The accessible name, and the tooltip where no text is shown. */
  label: string;
  icon?: IconName | undefined;
  /** The text shown; null shows the icon alone. Left out, the label is shown. */
  text?: string | null;
  /** A longer tooltip. */
  title?: string;
  primary?: boolean;
  /** Makes it a toggle that starts in this state. */
  pressed?: boolean | undefined;
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
  const { label, text = label, title, primary, pressed, onPress } = options;
  const words = text === null ? null : h("span", {}, text);
  const name = text === label ? null : label;
  let drawing = options.icon;
  const node = h(
    "button",
    {
      class: `kw-button${primary ? " kw-primary" : ""}`,
      "aria-label": name,
      "aria-pressed": pressed === undefined ? null : String(pressed),
      title: title ?? name,
      click() {
        if (!node.getAttribute("aria-disabled")) onPress();
      },
    },
    drawing && icon(drawing),
    words,
  );
  return {
    node,
    setLabel(label, next) {
      if (words) setText(words, label);
      else setAttribute(node, "aria-label", label);
      if (next && next !== drawing) node.firstChild!.replaceWith(icon(next));
      drawing = next;
    },
    setPressed: (pressed) => setAttribute(node, "aria-pressed", String(pressed)),
    // Not `disabled`: that would throw the focus away under somebody's fingers.
    setEnabled: (enabled) => setAttribute(node, "aria-disabled", enabled ? null : "true"),
  };
}
