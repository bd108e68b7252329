import type { Traits } from "./generated/schema";
import * as kit from "./kit";
import type { Given } from "./model/host";
import { connect, type Model } from "./model/model";
import { adoptStyles } from "./ui/styles";
import { bringHand, type Hand } from "./views/hand";
import { mount } from "./views/mount";
import { registry } from "./views/registry";
import { styles } from "./views/styles";

/**
 * The hand comes from Python: where nobody is behind the views, there is nothing to reach into. It is
 * imported from its code, as hosts do with widgets, and takes from here what it shares.
 */
bringHand(async (model) => {
  const code = new Blob([await model.handCode()], { type: "text/javascript" });
  const url = URL.createObjectURL(code);
  const { default: make } = (await import(url)) as { default: (shared: typeof kit) => Hand };
  URL.revokeObjectURL(url);
  return make(kit);
});

/** One widget: its views share one connection, so that each frame is acknowledged once. */
export default function createWidget() {
  let model: Model | null = null;
  return {
    initialize({ model: host }: Pick<Given, "model">): void {
      model = connect(host);
    },
    render({ model: host, el }: Given): () => void {
      adoptStyles(el, styles);
      const name = host.get("_view") as Traits["_view"];
      return mount(name, registry[name], model ?? connect(host), el);
    },
  };
}
