import { h, setAttribute } from "./dom";

/** A panel that opens below its button, above everything else; Esc or a click elsewhere closes it. */
export interface Popover {
  readonly node: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  open(): void;
  close(): void;
  destroy(): void;
}

/** `kind` tells screen readers what opens. */
export function createPopover(
  button: HTMLButtonElement,
  kind: "menu" | "dialog",
  label: string,
  onOpen?: (panel: HTMLElement) => void,
): Popover {
  const panel = h("div.kw-popover", {
    role: kind,
    "aria-label": label,
    popover: "manual",
    hidden: true,
  });
  const node = h("span.kw-popover-anchor", {}, button, panel);
  let whileOpen: AbortController | null = null;

  const show = (open: boolean): void => {
    panel.hidden = !open;
    setAttribute(button, "aria-expanded", String(open));
  };
  const close = (): void => {
    if (panel.hidden) return;
    const inside = panel.contains((panel.getRootNode() as Document).activeElement);
    whileOpen?.abort();
    panel.hidePopover?.();
    show(false);
    if (inside) button.focus();
  };
  const open = (): void => {
    if (!panel.hidden) return;
    show(true);
    onOpen?.(panel);
    // The top layer: no scrolling output area can cut it off.
    panel.showPopover?.();
    place(panel, button);
    whileOpen = new AbortController();
    const { signal } = whileOpen;
    const closeOutside = (event: Event): void => {
      if (!event.composedPath().includes(node)) close();
    };
    addEventListener("pointerdown", closeOutside, { signal, capture: true });
    addEventListener("scroll", closeOutside, { signal, capture: true });
    addEventListener("resize", close, { signal });
  };
  show(false);
  setAttribute(button, "aria-haspopup", kind);
  button.addEventListener("click", () => (panel.hidden ? open() : close()));
  node.addEventListener("keydown", (event) => {
    if (panel.hidden || !/^(Escape|Tab)$/.test(event.key)) return;
    if (event.key === "Escape") event.stopPropagation();
    close();
  });
  return { node, button, panel, open, close, destroy: close };
}

function place(panel: HTMLElement, button: HTMLElement): void {
  const { left, top, bottom } = button.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  const fits = bottom + 4 + height <= innerHeight || top < height;
  panel.style.top = `${fits ? bottom + 4 : top - 4 - height}px`;
  panel.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
}
