import type { Traits } from "./generated/schema";
import type { Given } from "./model/host";
import { connect, type Model } from "./model/model";
import { adoptStyles } from "./ui/styles";
import { mount } from "./views/mount";
import { registry } from "./views/registry";
import { styles } from "./views/styles";

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
