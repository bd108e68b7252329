import { h, setAttribute } from "./dom";

/** A panel that opens below its button, above everything else; Esc or a click elsewhere closes it. */
export interface Popover {
  readonly node: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
}

/** The browser's own popover; `kind` tells screen readers what opens. */
export function createPopover(
  button: HTMLButtonElement,
  kind: "menu" | "dialog",
  label: string,
  onOpen?: (panel: HTMLElement) => void,
): Popover {
  const show = (open: boolean): void => {
    panel.hidden = !open;
    setAttribute(button, "aria-expanded", String(open));
  };
  const panel = h("div.kw-popover", {
    role: kind,
    "aria-label": label,
    popover: "auto",
    beforetoggle({ newState }: ToggleEvent) {
      show(newState === "open");
      if (!panel.hidden) onOpen?.(panel);
    },
  });
  const node = h(
    "span.kw-popover-anchor",
    {
      keydown(event: KeyboardEvent) {
        if (panel.hidden) return;
        // The host has uses of its own for Esc.
        if (event.key === "Escape") event.stopPropagation();
        // From the button, which has the focus again, it moves on.
        if (event.key === "Tab") panel.hidePopover();
      },
    },
    button,
    panel,
  );
  button.popoverTargetElement = panel;
  setAttribute(button, "aria-haspopup", kind);
  show(false);
  return { node, button, panel };
}
