import { watchTheme } from "./theme";

// Two bundles speak to each other here. Members of interfaces are shortened in each by itself; those
// of these types keep their names.
/** What an embedded page says: how high it would like to be, in CSS pixels. */
type Wish = { kernelwidgets: "height"; height_px: number };

/** What it is told: whether the page around it is dark. */
type Look = { kernelwidgets: "look"; dark: boolean };

/** In a frame: tells the page around it the height of this one, and follows its theme. */
export function followFrame(): void {
  if (parent === window) return;
  const { documentElement: root, body } = document;
  addEventListener("message", ({ source, data }: MessageEvent<Look | null>) => {
    if (source === parent && data?.kernelwidgets === "look") {
      root.dataset.kwTheme = data.dark ? "dark" : "light";
    }
  });
  // The sandbox gives this page no origin, so none can be named; a height is no secret.
  const wish = (): void => {
    const height_px = Math.ceil(body.getBoundingClientRect().height);
    parent.postMessage({ kernelwidgets: "height", height_px } satisfies Wish, "*");
  };
  new ResizeObserver(wish).observe(body);
}

/**
 * Around frames: gives each the height that it asks for, unless one is fixed, tells it the
 * theme, and takes the still picture beside it away once it plays.
 */
export function hostFrames(selector: string): void {
  const known = new WeakSet<HTMLElement>();
  addEventListener("message", ({ source, data }: MessageEvent<Wish | null>) => {
    if (data?.kernelwidgets !== "height" || !Number.isFinite(data.height_px)) return;
    for (const frame of document.querySelectorAll<HTMLIFrameElement>(selector)) {
      if (frame.contentWindow !== source) continue;
      frame.style.height = `${frame.dataset.heightPx || data.height_px}px`;
      const still = frame.nextElementSibling as HTMLElement | null;
      if (still) still.hidden = true;
      if (known.has(frame)) continue;
      known.add(frame);
      let dark = false;
      const tell = (): void => {
        const look = { kernelwidgets: "look", dark } satisfies Look;
        frame.contentWindow?.postMessage(look, "*");
      };
      watchTheme(frame, (now) => {
        dark = now;
        tell();
      });
      frame.addEventListener("load", tell);
      tell();
    }
  });
}
