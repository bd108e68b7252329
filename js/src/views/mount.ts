import type { Model } from "../model/model";
import { Cleanup, h, setAttribute, setText } from "../ui/dom";
import { watchTheme } from "../ui/theme";
import type { Context, CreateView, Shown } from "./view";

const LOST = "The kernel is gone: this is the last picture that came from it.";
/** JupyterLab takes keys from elements that are no inputs ("0 0" restarts the kernel). */
const OWN_KEYS = "data-lm-suppress-shortcuts";

let mounted = 0;

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
  const cleanup = new Cleanup();
  const status = h("div", { class: "kw-status" });
  const live = h("div", { class: "kw-live", "aria-live": "polite" });
  const message = h("div", { class: "kw-message", role: "alert" });
  const root = h("div", {
    class: "kw-root",
    "data-kw-view": name,
    [OWN_KEYS]: "true",
  });
  element.append(root);
  cleanup.add(() => root.remove());
  // Notebook 7 takes keys before anybody else hears of them, and asks the focused element itself.
  cleanup.listen(root, "focusin", ({ target }) => {
    setAttribute(target as Element, OWN_KEYS, "true");
  });
  const theme = watchTheme(root);
  cleanup.add(theme.destroy);

  let failure = "";
  const fail = (error: unknown): void => {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    failure = `This view stopped drawing (${text}). Training is not affected.`;
    setText(message, failure);
    model.event({ event: "page_error", view: name, text });
  };
  const visibility = watchVisible(root, model, cleanup);
  const contextFor = (show: Context["show"]): Context => ({
    model: guarded(model, fail),
    theme,
    show,
    say: (text) => setText(status, text),
    announce(text) {
      setText(status, text);
      setText(live, text);
    },
    child: () => contextFor(visibility.channel()),
  });

  try {
    const view = create(contextFor(visibility.channel()));
    root.append(view.node);
    cleanup.add(() => view.destroy());
  } catch (error) {
    fail(error);
  }
  root.append(status, live, message);

  const showMessage = (): void =>
    setText(
      message,
      failure || (model.lost || isMarkedLost(element) ? LOST : "") || (model.get("_message") ?? ""),
    );
  const marks = new MutationObserver(showMessage);
  marks.observe(element, { attributeFilter: ["class"] });
  cleanup.add(() => marks.disconnect());
  cleanup.add(model.onLost(showMessage));
  cleanup.add(model.on("_message", showMessage));
  showMessage();
  // Last of the painters: the attribute then says what stands on the screen.
  cleanup.add(model.onFrame((frame) => setAttribute(root, "data-kw-step", frame.header.step)));
  visibility.start();
  return () => cleanup.run();
}

/** Hosts of Jupyter's widgets mark the element of a view whose kernel is gone. */
function isMarkedLost(element: HTMLElement): boolean {
  return element.classList.contains("jupyter-widgets-disconnected");
}

/** The same model, but what a view throws while painting is shown and does not stop the others. */
function guarded(model: Model, fail: (error: unknown) => void): Model {
  const guard =
    <A extends unknown[]>(call: (...args: A) => void) =>
    (...args: A): void => {
      try {
        call(...args);
      } catch (error) {
        fail(error);
      }
    };
  return Object.create(model, {
    on: { value: ((key, call) => model.on(key, guard(call))) satisfies Model["on"] },
    onFrame: { value: ((paint) => model.onFrame(guard(paint))) satisfies Model["onFrame"] },
  }) as Model;
}

/** Tells Python what can be seen: what views ask for while their root is on the screen, else nothing. */
function watchVisible(root: HTMLElement, model: Model, cleanup: Cleanup) {
  const id = `${Date.now().toString(36)}-${++mounted}`;
  const wanted = new Map<string, Shown>();
  const sent = new Map<string, string>();
  let onScreen = false;
  let running = false;
  let scheduled = 0;

  const send = (): void => {
    scheduled = 0;
    if (!running) return;
    for (const [view, shown] of wanted) {
      const event = { event: "visible" as const, view, parts: [], ...(onScreen ? shown : null) };
      const text = JSON.stringify(event);
      if (sent.get(view) === text) continue;
      sent.set(view, text);
      model.event(event);
    }
  };
  const schedule = (): void => {
    scheduled ||= requestAnimationFrame(send);
  };
  const observer = new IntersectionObserver((entries) => {
    onScreen = entries.at(-1)?.isIntersecting ?? false;
    schedule();
  });
  const leave = (): void => {
    onScreen = false;
    send();
  };
  return {
    channel(): (shown: Shown) => void {
      const view = `${id}-${wanted.size}`;
      wanted.set(view, null);
      return (shown) => {
        wanted.set(view, shown);
        schedule();
      };
    },
    start(): void {
      running = true;
      observer.observe(root);
      // A reload and a closed tab unmount nothing; Python would go on sending to nobody.
      window.addEventListener("pagehide", leave);
      cleanup.add(() => {
        window.removeEventListener("pagehide", leave);
        observer.disconnect();
        cancelAnimationFrame(scheduled);
        leave();
        running = false;
      });
    },
  };
}
