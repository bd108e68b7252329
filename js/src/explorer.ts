import { createExplorer } from "./explorer/explorer";
import css from "./explorer/explorer.css";
import { connectExplorer } from "./explorer/store";
import type { Given } from "./model/host";
import base from "./ui/base.css";
import controls from "./ui/controls.css";
import { adoptStyles } from "./ui/styles";
import { mount } from "./views/mount";

/** The convolution explorer: a widget with an entry of its own. */
export default function createWidget() {
  let connected: ReturnType<typeof connectExplorer> | null = null;
  return {
    initialize({ model: host }: Pick<Given, "model">): void {
      connected = connectExplorer(host);
    },
    render({ model: host, el }: Given): () => void {
      connected ??= connectExplorer(host);
      const { store, model } = connected;
      adoptStyles(el, base + controls + css);
      const name = "convolution-explorer";
      return mount(name, (context) => createExplorer(context, store), model, el);
    },
  };
}
