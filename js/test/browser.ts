/** What the browser has and the test page lacks, as far as views rely on it: canvases, popovers. */
HTMLCanvasElement.prototype.getContext = () => {
  const known: { [name: string]: unknown } = {
    createImageData: (w: number, h: number) => ({ data: new Uint8ClampedArray(4 * w * h) }),
    measureText: (text: string) => ({ width: 6 * text.length }),
  };
  return new Proxy(known, { get: (target, key: string) => target[key] ?? (() => {}) }) as never;
};

const { prototype } = HTMLElement;
const before = new WeakMap<Element, Element | null>();
const change = (panel: HTMLElement, newState: "open" | "closed"): void => {
  panel.dispatchEvent(Object.assign(new Event("beforetoggle"), { newState }));
};
prototype.showPopover = function () {
  change(this, "open");
  before.set(this, document.activeElement);
  // The page takes what is in a popover for invisible.
  this.removeAttribute("popover");
  this.querySelector<HTMLElement>("[autofocus]")?.focus();
};
prototype.hidePopover = function () {
  const inside = this.contains(document.activeElement);
  change(this, "closed");
  this.setAttribute("popover", "auto");
  if (inside) (before.get(this) as HTMLElement | null)?.focus();
};
addEventListener("click", ({ target }) => {
  const panel = (target as Element).closest("button")?.popoverTargetElement as HTMLElement | null;
  if (panel?.hasAttribute("popover")) panel.showPopover();
  else panel?.hidePopover();
});
