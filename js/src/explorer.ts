import { createExplorer } from "./explorer/explorer";
import css from "./explorer/explorer.css";
import type { HostModel } from "./model/host";
import { connect, type Model } from "./model/model";
import base from "./ui/base.css";
import controls from "./ui/controls.css";
import { adoptStyles } from "./ui/styles";
import dialog from "./views/dialog.css";
import { mount } from "./views/mount";

/** The convolution explorer: a widget with an entry of its own. */
export default function createWidget() {
  let model: Model | null = null;
  return {
    initialize({ model: host }: { model: HostModel }): void {
      model = connect(host);
    },
    render({ model: host, el }: { model: HostModel; el: HTMLElement }): () => void {
      adoptStyles(el, base + controls + dialog + css);
      const name = "convolution-explorer";
      return mount(name, (context) => createExplorer(context, host), model ?? connect(host), el);
    },
  };
}
