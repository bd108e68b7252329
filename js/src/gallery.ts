import { createGallery } from "./gallery/gallery";
import css from "./gallery/gallery.css";
import { connectGallery } from "./gallery/store";
import type { HostModel } from "./model/host";
import base from "./ui/base.css";
import controls from "./ui/controls.css";
import { adoptStyles } from "./ui/styles";
import { mount } from "./views/mount";

/** The filter gallery: a widget with an entry of its own. */
export default function createWidget() {
  let connected: ReturnType<typeof connectGallery> | null = null;
  return {
    initialize({ model: host }: { model: HostModel }): void {
      connected = connectGallery(host);
    },
    render({ model: host, el }: { model: HostModel; el: HTMLElement }): () => void {
      connected ??= connectGallery(host);
      const { store, model } = connected;
      adoptStyles(el, base + controls + css);
      return mount("filter-gallery", (context) => createGallery(context, store), model, el);
    },
  };
}
