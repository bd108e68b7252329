import type { Model } from "../model/model";
import { h, setAttribute, setText } from "../ui/dom";
import { watchTheme } from "../ui/theme";
import type { Context, CreateView, Shown } from "./view";

/** JupyterLab takes keys from elements that are no inputs ("0 0" restarts the kernel). */
const OWN_KEYS = "data-lm-suppress-shortcuts";

/**
 * Mounts a view into the host's element: theme, status line, and word of what is visible.
 * Returns the call that takes it all away.
 */
export function mount(
  name: string,
  create: CreateView,
  model: Model,
  element: HTMLElement,
): () => void {
  const id = Math.random().toString(36).slice(2);
  const ends: (() => void)[] = [];
  const status = h("div.kw-status");
  const live = h("div.kw-live", { "aria-live": "polite" });
  const message = h("div.kw-warn", { role: "alert" });
  const root = h("div.kw-root", {
    "data-kw-view": name,
    [OWN_KEYS]: "true",
    // Notebook 7 takes keys before anybody else hears of them, and asks the focused element itself.
    focusin: ({ target }: Event) => setAttribute(target as Element, OWN_KEYS, "true"),
  });
  element.append(root);
  const theme = watchTheme(root, model.repaint);

  let failure = "";
  const guard = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      const text = String(error);
      if (text === failure) return;
      failure = text;
      model.event({ event: "page_error", view: name, text });
    }
  };

  const shown: Shown[] = [];
  const sent: string[] = [];
  let said = 0;
  let onScreen = false;
  /** What views ask for while their root is on the screen, else nothing. */
  const tell = (): void =>
    shown.forEach((wanted, nth) => {
      const view = `${id}-${nth}`;
      const event = { event: "visible" as const, view, parts: [], ...(onScreen ? wanted : null) };
      const text = JSON.stringify(event);
      if (sent[nth] !== text) model.event({ ...event, nth: ++said });
      sent[nth] = text;
    });
  const observer = new IntersectionObserver((entries) => {
    onScreen = entries.at(-1)!.isIntersecting;
    model.repaint();
  });
  const leave = (): void => {
    onScreen = false;
    tell();
  };

  const contextOf = (): Context => {
    const nth = shown.push(null) - 1;
    return {
      model,
      theme,
      onPaint: (paint) => void ends.push(model.onPaint(() => guard(paint))),
      onEnd: (call) => void ends.push(call),
      show(wanted) {
        shown[nth] = wanted;
      },
      say: (text) => setText(status, text),
      announce(text) {
        setText(status, text);
        setText(live, text);
      },
      child: contextOf,
    };
  };
  guard(() => {
    root.append(create(contextOf()).node);
  });
  root.append(status, live, message);

  const finish = (): void => {
    // JupyterLab marks the element of a view whose kernel is gone.
    const lost = model.isLost() || element.classList.contains("jupyter-widgets-disconnected");
    setText(
      message,
      failure
        ? `This view stopped drawing (${failure}). Training is not affected.`
        : lost
          ? "The kernel is gone: this is the last picture that came from it."
          : (model.get("_message") ?? ""),
    );
    setAttribute(root, "data-kw-step", model.frame?.header.step);
    tell();
  };
  // Last of the painters: the attribute then says what stands on the screen.
  ends.push(model.onPaint(finish));
  const host = new MutationObserver(model.repaint);
  host.observe(element, { attributeFilter: ["class"] });
  observer.observe(root);
  // A reload and a closed tab unmount nothing; Python would go on sending to nobody.
  addEventListener("pagehide", leave);
  return () => {
    removeEventListener("pagehide", leave);
    host.disconnect();
    observer.disconnect();
    theme.destroy();
    for (const end of ends.splice(0).reverse()) end();
    leave();
    root.remove();
  };
}
