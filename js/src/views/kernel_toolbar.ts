import type { Show, Traits } from "../generated/schema";
import type { Model } from "../model/model";
import { Cleanup, h } from "../ui/dom";
import { createMenu, type MenuItem } from "../ui/menu";
import { createSegmented, type Option } from "../ui/segmented";
import { createSelect } from "../ui/select";
import { createRow } from "../ui/toolbar";
import { readsColor } from "./kernel_tiles";
import { layerOf } from "./layer";
import { canSeeThrough } from "./seen_through";

const SHOWS: Record<Show, string> = {
  weight: "weight",
  gradient: "gradient",
  change: "change",
  update: "update",
  seen_through: "seen through",
};
const SHOW_LABELS: Record<Show, string> = {
  weight: "The weights",
  gradient: "The gradient of the last step",
  change: "Change since the start",
  update: "The last step's update",
  seen_through: "The probe picture seen through each kernel",
};

export interface Toolbar {
  readonly node: HTMLElement;
  destroy(): void;
}

/** The row above the kernels: what is shown, and in a menu how. */
export function createKernelToolbar(model: Model): Toolbar {
  const cleanup = new Cleanup();
  const show = createSegmented<Show>({
    label: "Show",
    options: [],
    value: model.get("show"),
    onChange: (value) => model.set("show", value),
  });
  const pickLayer = createLayerSelect(model, "kernel-grid");
  const refresh = (): void => {
    const layer = layerOf(model);
    const quantities: readonly Show[] = model.get("_info")?.quantities ?? ["weight"];
    const shows =
      layer && canSeeThrough(layer) ? [...quantities, "seen_through" as const] : quantities;
    const options: Option<Show>[] = shows.map((value) => ({
      value,
      text: SHOWS[value],
      label: SHOW_LABELS[value],
    }));
    show.setOptions(options);
    show.set(model.get("show"));
    show.node.hidden = options.length < 2;
    pickLayer.refresh();
  };

  /** Choices of one control. */
  const choices = <K extends "scale" | "sort" | "palette">(
    name: K,
    texts: readonly [Traits[K], string][],
  ): MenuItem[] =>
    model.get(name) === undefined
      ? []
      : texts.map(([value, text], nth) => ({
          text,
          separated: nth === 0,
          checked: model.get(name) === value,
          onPress: () => model.set(name, value),
        }));
  const toggle = (name: "numbers" | "rgb", text: string): MenuItem[] =>
    model.get(name) === undefined
      ? []
      : [
          {
            text,
            checked: model.get(name),
            onPress: () => model.set(name, !model.get(name)),
          },
        ];
  const menu = createMenu({
    label: "View",
    items() {
      const layer = layerOf(model);
      const items = [
        ...choices("scale", [
          ["layer", "One scale for the layer"],
          ["kernel", "A scale for each kernel"],
        ]),
        ...choices("sort", [
          ["index", "In their own order"],
          ["norm", "Largest norm first"],
          ["change", "Most changed first"],
        ]),
        ...choices("palette", [
          ["RdBu", "Red – blue"],
          ["PuOr", "Orange – purple"],
          ["gray", "Gray"],
        ]),
        ...toggle("numbers", "Numbers where they fit").map((item) => ({
          ...item,
          separated: true,
        })),
        ...(layer && readsColor(layer) ? toggle("rgb", "Three inputs as one color") : []),
      ];
      return items.map((item, nth) => (nth === 0 ? { ...item, separated: false } : item));
    },
  });
  cleanup.add(menu.destroy);
  for (const name of ["_info", "layer", "show"] as const) cleanup.add(model.on(name, refresh));
  refresh();
  return {
    node: createRow(
      h("h3", { class: "kw-title" }, "Kernels"),
      pickLayer.node,
      show.node,
      menu.node,
    ),
    destroy: () => cleanup.run(),
  };
}

/** A choice of layer, where there are several and the view stands alone. */
export function createLayerSelect(model: Model, alone: Traits["_view"]) {
  const select = createSelect({
    label: "Layer",
    options: [],
    value: "",
    onChange: (name: string) => model.set("layer", name),
  });
  return {
    node: select.node,
    refresh(): void {
      const layers = model.get("_info")?.layers ?? [];
      select.setOptions(layers.map(({ name }) => ({ value: name, text: name })));
      select.set(layerOf(model)?.name ?? "");
      select.node.hidden = layers.length < 2 || model.get("_view") !== alone;
    },
  };
}
