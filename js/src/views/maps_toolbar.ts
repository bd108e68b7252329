import type { Stage, Traits } from "../generated/schema";
import type { Model } from "../model/model";
import { Cleanup, h } from "../ui/dom";
import { createMenu } from "../ui/menu";
import { createSegmented } from "../ui/segmented";
import { createSelect } from "../ui/select";
import { createRow } from "../ui/toolbar";
import { createLayerSelect } from "./kernel_toolbar";
import { createProbeMenu } from "./probe_menu";

/** The row above the maps: which picture, before or after the nonlinearity, and how. */
export function createMapsToolbar(model: Model, inside: HTMLElement, say: (text: string) => void) {
  const cleanup = new Cleanup();
  const layers = createLayerSelect(model, "feature-maps");
  const stage = createSegmented<Stage>({
    label: "Stage",
    options: [
      { value: "before", text: "before", label: "Before the nonlinearity" },
      { value: "after", text: "after", label: "After the nonlinearity" },
    ],
    value: model.get("stage"),
    onChange: (value) => model.set("stage", value),
  });
  const samples = createSelect<string>({
    label: "Probe picture",
    options: [],
    value: "0",
    onChange: (value) => model.set("sample", Number(value)),
  });
  const replace = createProbeMenu(model, inside, say);
  const scales: readonly [Traits["map_scale"], string][] = [
    ["shared", "One scale for all maps"],
    ["map", "A scale for each map"],
  ];
  const view = createMenu({
    label: "View",
    items: () =>
      scales.map(([value, text]) => ({
        text,
        checked: model.get("map_scale") === value,
        onPress: () => model.set("map_scale", value),
      })),
  });
  const refresh = (): void => {
    const names = model.get("_info")?.samples ?? [];
    samples.setOptions(names.map((text, nth) => ({ value: String(nth), text })));
    samples.set(String(model.get("sample") ?? 0));
    samples.node.hidden = names.length < 2;
    stage.set(model.get("stage"));
    layers.refresh();
    replace.refresh();
  };
  for (const name of ["_info", "_probe", "layer", "stage", "sample"] as const) {
    cleanup.add(model.on(name, refresh));
  }
  cleanup.add(view.destroy);
  cleanup.add(replace.destroy);
  refresh();
  return {
    node: createRow(
      h("h3", { class: "kw-title" }, "Feature maps"),
      layers.node,
      stage.node,
      samples.node,
      replace.node,
      view.node,
    ),
    destroy: () => cleanup.run(),
  };
}
