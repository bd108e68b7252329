import createExplorer from "./explorer";
import createGallery from "./gallery";
import createGradient from "./gradient";
import { decodeBytes } from "./lib/base64";
import type { HostModel } from "./model/host";
import { createStaticHost } from "./model/static_host";
import createPlayer from "./player";
import { followFrame } from "./ui/frame";

/** What `kernelwidgets/export/page.py` writes into the page: an entry, and the traits of its view. */
interface Exhibit {
  entry: keyof typeof ENTRIES;
  state: Record<string, unknown>;
}

interface Widget {
  initialize(given: { model: HostModel }): void;
  render(given: { model: HostModel; el: HTMLElement }): () => void;
}

const ENTRIES = {
  explorer: createExplorer,
  gallery: createGallery,
  gradient: createGradient,
  player: createPlayer,
} satisfies Record<string, () => Widget>;

/** JSON knows no bytes: they are written as `{ base64 }`. */
function revive(_key: string, value: unknown): unknown {
  const text = (value as { base64?: string } | null)?.base64;
  return typeof text === "string" ? new DataView(decodeBytes(text).buffer) : value;
}

/** Plays once it is seen, unless a moment was chosen or movement is unwelcome. */
function playOnceSeen(model: HostModel, el: HTMLElement): void {
  const unwelcome = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (model.get("playing") === undefined || model.get("at") != null || unwelcome) return;
  const observer = new IntersectionObserver((entries) => {
    if (!entries.at(-1)!.isIntersecting) return;
    observer.disconnect();
    model.set("playing", true);
  });
  observer.observe(el);
}

followFrame();
for (const block of document.querySelectorAll("script[data-kw-exhibit]")) {
  const { entry, state } = JSON.parse(block.textContent, revive) as Exhibit;
  const model = createStaticHost(state);
  const widget = ENTRIES[entry]();
  const el = document.createElement("div");
  block.before(el);
  widget.initialize({ model });
  widget.render({ model, el });
  playOnceSeen(model, el);
}
