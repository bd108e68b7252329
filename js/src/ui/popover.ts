import { Cleanup, h, setAttribute } from "./dom";

/** A panel that opens below its button, above everything else; Esc or a click elsewhere closes it. */
export interface Popover {
  readonly node: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  open(): void;
  close(): void;
  destroy(): void;
}

export interface PopoverOptions {
  button: HTMLButtonElement;
  /** What kind of thing opens, for screen readers. */
  kind: "menu" | "dialog";
  label: string;
  onOpen?(panel: HTMLElement): void;
}

export function createPopover({ button, kind, label, onOpen }: PopoverOptions): Popover {
  const panel = h("div", {
    class: "kw-popover",
    role: kind,
    "aria-label": label,
    popover: "manual",
    hidden: true,
  });
  const node = h("span", { class: "kw-popover-anchor" }, button, panel);
  const whileOpen = new Cleanup();
  setAttribute(button, "aria-haspopup", kind);
  setAttribute(button, "aria-expanded", "false");

  const close = (): void => {
    if (panel.hidden) return;
    const inside = panel.contains((panel.getRootNode() as Document).activeElement);
    whileOpen.run();
    panel.hidePopover?.();
    panel.hidden = true;
    setAttribute(button, "aria-expanded", "false");
    if (inside) button.focus();
  };
  const open = (): void => {
    if (!panel.hidden) return;
    panel.hidden = false;
    onOpen?.(panel);
    // The top layer: no scrolling output area can cut it off.
    panel.showPopover?.();
    setAttribute(button, "aria-expanded", "true");
    place(panel, button);
    whileOpen.listen(document, "pointerdown", (event) => {
      if (!event.composedPath().includes(node)) close();
    });
    whileOpen.listen(
      window,
      "scroll",
      (event) => !panel.contains(event.target as Node) && close(),
      {
        capture: true,
      },
    );
    whileOpen.listen(window, "resize", close);
  };
  button.addEventListener("click", () => (panel.hidden ? open() : close()));
  node.addEventListener("keydown", (event) => {
    if (panel.hidden || (event.key !== "Escape" && event.key !== "Tab")) return;
    if (event.key === "Escape") event.stopPropagation();
    close();
  });
  return { node, button, panel, open, close, destroy: close };
}

function place(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const size = panel.getBoundingClientRect();
  const below = at.bottom + 4;
  const fits = below + size.height <= innerHeight || at.top < size.height;
  panel.style.top = `${fits ? below : at.top - 4 - size.height}px`;
  panel.style.left = `${Math.max(4, Math.min(at.left, innerWidth - size.width - 4))}px`;
}
