import { createButton } from "./button";
import { h, keyOf } from "./dom";
import { type IconName, icon } from "./icons";
import { createPopover, type Popover } from "./popover";

export interface MenuItem {
  text: string;
  /** Drawn before the text. */
  picture?: Element;
  /** For a choice: whether it is the present one (a tick is drawn, and spoken). */
  checked?: boolean;
  /** A line above it, unless it is the first. */
  separated?: boolean;
  disabled?: boolean;
  onPress(): void;
}

export interface MenuOptions {
  label: string;
  icon?: IconName;
  /** Asked each time the menu opens. */
  items(): MenuItem[];
}

/** A button that opens a list of actions: arrows, Home, End and first letters move, Enter acts. */
export function createMenu({ label, icon: drawing, items }: MenuOptions): Popover {
  const { node: button } = createButton({ label, icon: drawing, onPress() {} });
  button.append(icon("down"));
  const entry = (
    { text, picture, checked, separated, disabled, onPress }: MenuItem,
    nth: number,
  ): HTMLElement => {
    const tick = checked === undefined ? null : icon("check");
    if (tick && !checked) tick.style.visibility = "hidden";
    return h(
      "button",
      {
        role: tick ? "menuitemradio" : "menuitem",
        "aria-checked": tick && String(checked),
        tabindex: -1,
        autofocus: nth === 0,
        class: separated && "kw-separated",
        "aria-disabled": disabled && "true",
        click() {
          if (disabled) return;
          panel.hidePopover();
          onPress();
        },
      },
      tick ?? picture,
      text,
    );
  };
  const menu = createPopover(button, "menu", label, (panel) =>
    panel.replaceChildren(...items().map(entry)),
  );
  const { node, panel } = menu;
  node.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (panel.hidden && /^Arrow(Down|Up)$/.test(key)) button.click();
    if (panel.hidden) return;
    const list = [...panel.querySelectorAll("button")];
    const now = list.indexOf(target as HTMLButtonElement);
    const at = (nth: number) => list.at(nth % list.length);
    const letter = [...list.slice(now + 1), ...list].find(
      ({ textContent }) => textContent[0]!.toLowerCase() === key.toLowerCase(),
    );
    keyOf(event, {
      [key]: letter,
      ArrowDown: at(now + 1),
      ArrowUp: at(Math.max(0, now) - 1),
      Home: at(0),
      End: at(-1),
    })?.focus();
  });
  panel.classList.add("kw-menu");
  return menu;
}
