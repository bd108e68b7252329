import { createButton } from "./button";
import { h } from "./dom";
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
  const menu = createPopover(button, "menu", label, (panel) =>
    panel.replaceChildren(...items().map(entry)),
  );
  const { panel } = menu;
  const entry = ({ text, picture, checked, separated, disabled, onPress }: MenuItem) => {
    const tick = checked === undefined ? null : icon("check");
    if (tick && !checked) tick.style.visibility = "hidden";
    return h(
      "button",
      {
        role: tick ? "menuitemradio" : "menuitem",
        "aria-checked": tick && String(checked),
        tabindex: -1,
        class: separated && "kw-separated",
        "aria-disabled": disabled && "true",
        click() {
          if (disabled) return;
          menu.close();
          onPress();
        },
      },
      tick ?? picture,
      text,
    );
  };
  const move = (index: number): void => {
    const list = [...panel.querySelectorAll("button")];
    list[(index + list.length) % list.length]?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    const { key, target } = event;
    const list = [...panel.querySelectorAll("button")];
    const now = list.indexOf(target as HTMLButtonElement);
    const down = key === "ArrowDown";
    if (panel.hidden) {
      if (!down && key !== "ArrowUp") return;
      menu.open();
      move(down ? 0 : -1);
    } else if (down || key === "Home") move(down ? now + 1 : 0);
    else if (key === "ArrowUp") move(Math.max(0, now) - 1);
    else if (key === "End") move(-1);
    else if (now >= 0 && key.length === 1 && key !== " ") {
      const letter = key.toLowerCase();
      const ahead = [...list.slice(now + 1), ...list];
      ahead.find((one) => one.textContent.trim().toLowerCase().startsWith(letter))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  button.addEventListener("click", () => panel.hidden || move(0));
  menu.node.addEventListener("keydown", onKey);
  panel.classList.add("kw-menu");
  return menu;
}
