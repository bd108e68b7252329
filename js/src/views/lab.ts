import { shape } from "../lib/format";
import { createButton } from "../ui/button";
import { h, setChildren, setText } from "../ui/dom";
import { createPopover } from "../ui/popover";
import { type Choice, createSegmented } from "../ui/segmented";
import { createSelect } from "../ui/select";
import { createControls } from "./controls";
import { createFeatureMaps } from "./feature_maps";
import { createKernelEditor } from "./kernel_editor";
import { createKernelGrid } from "./kernel_grid";
import { createLossCurve } from "./loss_curve";
import { createTimeline } from "./timeline";
import type { Context, CreateView } from "./view";

/** Layers stand side by side where their words are short enough; else they go into a list. */
const SIDE_BY_SIDE_LETTERS = 45;

/** Everything at once, on one model: what is selected in one view, the others follow. */
export const createLab: CreateView = (context) => {
  const { model } = context;
  const lab = h("div.kw-lab");
  const present = createButton({
    label: "Present",
    title: "Larger text, for a projector",
    pressed: false,
    onPress: () => model.set("present", !model.get("present")),
  });
  // First of the painters: views find the sizes that they have from now on.
  context.onPaint(() => {
    present.setPressed(!!model.get("present"));
    lab.classList.toggle("kw-present", !!model.get("present"));
    const { verbs = [], samples = [] } = model.get("_info") ?? {};
    // Where nothing runs, what is missing does not come.
    const runs = verbs.includes("pause");
    maps.hidden = !runs && !samples.length;
    loss.hidden = !runs && !model.frame?.header.curves?.length;
  });
  const part = (create: CreateView, area: string): HTMLElement =>
    h("div", { class: area }, create(context.child()).node);
  const maps = part(createFeatureMaps, "kw-lab-part kw-lab-maps");
  const loss = part(createLossCurve, "kw-lab-part kw-lab-loss");
  lab.append(
    h(
      "header.kw-row",
      { role: "none" },
      createLayerChooser(context),
      part(createControls, "kw-lab-controls"),
      h("div.kw-lab-corner", {}, createAbout(context), present.node),
    ),
    part(createKernelGrid, "kw-lab-part"),
    part(createKernelEditor, "kw-lab-part kw-lab-editor"),
    maps,
    loss,
    createTimeline(context.child()).node,
  );
  context.show({ parts: [] });
  return { node: h("div.kw-lab-frame", {}, lab) };
};

/** The layers in their order, the one on show marked. */
function createLayerChooser({ model, onPaint }: Context): HTMLElement {
  const node = h("div");
  let choice: Choice<string>;
  onPaint(() => {
    const options = (model.get("_info")?.layers ?? []).map(
      ({ name, shape: [count, , ...sizes], text }) => ({
        value: name,
        text: `${name}: ${count} ${count === 1 ? "filter" : "filters"} ${shape(sizes)}`,
        label: text,
      }),
    );
    const words = options.map(({ text }) => text).join();
    setChildren(node, [options], () => {
      choice = (words.length > SIDE_BY_SIDE_LETTERS ? createSelect : createSegmented)({
        label: "Layer",
        options,
        value: "",
        onChange(layer) {
          model.set("layer", layer);
          model.set("selected", [0, 0]);
        },
      });
      return choice.node;
    });
    choice.set(model.get("layer"));
  });
  return node;
}

/** What this network is, in a few sentences, when asked. */
function createAbout({ model, onPaint }: Context): HTMLElement {
  const { node, panel } = createPopover(
    createButton({ label: "About", onPress() {} }).node,
    "dialog",
    "About",
  );
  panel.classList.add("kw-about");
  onPaint(() => {
    const about = model.get("_info")?.about ?? "";
    setText(panel, about);
    node.hidden = !about;
  });
  return node;
}
