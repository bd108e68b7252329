import explorer from "./explorer/explorer.css";
import { createGradient } from "./gradient/gradient";
import css from "./gradient/gradient.css";
import { connectGradient } from "./gradient/store";
import type { HostModel } from "./model/host";
import base from "./ui/base.css";
import controls from "./ui/controls.css";
import { adoptStyles } from "./ui/styles";
import { mount } from "./views/mount";

/** Where a kernel's gradient comes from: a widget with an entry of its own. */
export default function createWidget() {
  let connected: ReturnType<typeof connectGradient> | null = null;
  return {
    initialize({ model: host }: { model: HostModel }): void {
      connected = connectGradient(host);
    },
    render({ model: host, el }: { model: HostModel; el: HTMLElement }): () => void {
      connected ??= connectGradient(host);
      const { store, model } = connected;
      adoptStyles(el, base + controls + explorer + css);
      return mount("kernel-gradient", (context) => createGradient(context, store), model, el);
    },
  };
}
