import type { LayerInfo } from "../generated/schema";
import { shape } from "../lib/format";
import { createButton } from "../ui/button";
import { Cleanup, h, setText } from "../ui/dom";
import { createPopover } from "../ui/popover";
import { createSegmented, type Option } from "../ui/segmented";
import { createSelect } from "../ui/select";
import { createControls } from "./controls";
import { createFeatureMaps } from "./feature_maps";
import { createKernelEditor } from "./kernel_editor";
import { createKernelGrid } from "./kernel_grid";
import { createLossCurve } from "./loss_curve";
import type { Context, CreateView } from "./view";

/** Layers stand side by side where their words are short enough; else they go into a list. */
const SIDE_BY_SIDE_LETTERS = 45;

/** Everything at once, on one model: what is selected in one view, the others follow. */
export const createLab: CreateView = (context) => {
  const { model } = context;
  const cleanup = new Cleanup();
  const part = (create: CreateView, area: string): HTMLElement => {
    const view = create(context.child());
    cleanup.add(() => view.destroy());
    return h("div", { class: `kw-lab-${area}` }, view.node);
  };
  const present = createButton({
    label: "Present",
    title: "Larger text, for a projector",
    pressed: false,
    onPress: () => model.set("present", !model.get("present")),
  });
  const corner = h("div", { class: "kw-lab-corner" }, createAbout(context, cleanup), present.node);
  const node = h(
    "div",
    { class: "kw-lab" },
    h(
      "div",
      { class: "kw-lab-top" },
      createLayerChooser(context, cleanup),
      part(createControls, "controls"),
      corner,
    ),
    part(createKernelGrid, "kernels"),
    part(createKernelEditor, "editor"),
    part(createFeatureMaps, "maps"),
    part(createLossCurve, "loss"),
  );

  const show = (): void => {
    const on = model.get("present") ?? false;
    present.setPressed(on);
    node.classList.toggle("kw-present", on);
  };
  cleanup.add(model.on("present", show));
  show();
  context.show({ parts: [] });
  return { node: h("div", { class: "kw-lab-frame" }, node), destroy: () => cleanup.run() };
};

function inWords({ name, shape: [count, , ...sizes] }: LayerInfo): string {
  return `${name}: ${count} ${count === 1 ? "filter" : "filters"} ${shape(sizes)}`;
}

/** The layers in their order, the one on show marked. */
function createLayerChooser({ model }: Context, cleanup: Cleanup): HTMLElement {
  const node = h("div", { class: "kw-layers" });
  let names = "";
  let set: (layer: string) => void = () => {};
  const show = (): void => {
    const layers = model.get("_info")?.layers ?? [];
    const words = layers.map(inWords);
    if (words.join("\n") !== names) {
      names = words.join("\n");
      const choice = (names.length > SIDE_BY_SIDE_LETTERS ? createSelect : createSegmented)({
        label: "Layer",
        options: layers.map(
          (layer, i): Option => ({ value: layer.name, text: words[i]!, label: layer.text }),
        ),
        value: model.get("layer"),
        onChange(layer) {
          model.set("layer", layer);
          model.set("selected", [0, 0]);
        },
      });
      set = choice.set;
      node.replaceChildren(choice.node);
    }
    set(model.get("layer"));
  };
  cleanup.add(model.on("_info", show));
  cleanup.add(model.on("layer", show));
  show();
  return node;
}

/** What this network is, in a few sentences, when asked. */
function createAbout({ model }: Context, cleanup: Cleanup): HTMLElement {
  const button = createButton({ label: "About", onPress() {} }).node;
  const text = h("p", {});
  const about = createPopover({ button, kind: "dialog", label: "About" });
  about.panel.append(h("div", { class: "kw-about" }, text));
  const show = (): void => {
    const info = model.get("_info");
    setText(text, info?.about ?? "");
    about.node.hidden = !info?.about;
  };
  cleanup.add(model.on("_info", show));
  cleanup.add(about.destroy);
  show();
  return about.node;
}
