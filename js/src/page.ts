import createExplorer from "./explorer";
import createGallery from "./gallery";
import { decodeBytes } from "./lib/base64";
import type { HostModel } from "./model/host";
import { createStaticHost } from "./model/static_host";
import { followFrame } from "./ui/frame";

/** What `kernelwidgets/export/page.py` writes into the page: an entry, and the state of its traits. */
interface Exhibit {
  entry: keyof typeof ENTRIES;
  state: Record<string, unknown>;
}

interface Widget {
  initialize(given: { model: HostModel }): void;
  render(given: { model: HostModel; el: HTMLElement }): () => void;
}

const ENTRIES = { explorer: createExplorer, gallery: createGallery } satisfies Record<
  string,
  () => Widget
>;

/** JSON knows no bytes: they are written as `{ base64 }`. */
function revive(_key: string, value: unknown): unknown {
  const text = (value as { base64?: string } | null)?.base64;
  return typeof text === "string" ? new DataView(decodeBytes(text).buffer) : value;
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
}
