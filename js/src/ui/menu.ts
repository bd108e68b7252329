import { createButton } from "./button";
import { h, setAttribute } from "./dom";
import { type IconName, icon } from "./icons";
import { createPopover, type Popover } from "./popover";

export interface MenuItem {
  text: string;
  /** Drawn before the text. */
  picture?: Element;
  /** For a choice: whether it is the present one (a tick is drawn, and spoken). */
  checked?: boolean;
  /** A line above it. */
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
export function createMenu(options: MenuOptions): Popover {
  const button = createButton({
    label: options.label,
    ...(options.icon ? { icon: options.icon } : {}),
    onPress() {},
  }).node;
  button.append(icon("down"));
  button.classList.add("kw-menu-button");
  const menu = createPopover({
    button,
    kind: "menu",
    label: options.label,
    onOpen: (panel) => panel.replaceChildren(...options.items().map(entry)),
  });
  const entry = (item: MenuItem): HTMLElement => {
    const choice = item.checked !== undefined;
    const tick = choice ? icon("check") : null;
    if (tick) tick.style.visibility = item.checked ? "" : "hidden";
    const node = h(
      "button",
      {
        type: "button",
        role: choice ? "menuitemradio" : "menuitem",
        "aria-checked": choice ? String(item.checked) : null,
        tabindex: -1,
        class: item.separated ? "kw-separated" : null,
        "aria-disabled": item.disabled ? "true" : null,
      },
      tick ?? item.picture,
      item.text,
    );
    node.addEventListener("click", () => {
      if (item.disabled) return;
      menu.close();
      item.onPress();
    });
    return node;
  };
  const entries = (): HTMLElement[] => [...menu.panel.querySelectorAll<HTMLElement>("button")];
  const move = (index: number): void => {
    const list = entries();
    list[(index + list.length) % list.length]?.focus();
  };
  button.addEventListener("click", () => menu.panel.hidden || move(0));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    event.stopPropagation();
    menu.open();
    move(event.key === "ArrowDown" ? 0 : -1);
  });
  menu.panel.addEventListener("keydown", (event) => {
    const list = entries();
    const now = list.indexOf(event.target as HTMLElement);
    if (event.key === "ArrowDown") move(now + 1);
    else if (event.key === "ArrowUp") move(now - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(-1);
    else if (event.key.length === 1 && event.key !== " ") {
      const letter = event.key.toLowerCase();
      const ahead = [...list.slice(now + 1), ...list.slice(0, now + 1)];
      ahead.find((node) => node.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  setAttribute(menu.panel, "class", "kw-popover kw-menu");
  return menu;
}
