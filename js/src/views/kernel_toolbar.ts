import type { Family, Show } from "../generated/schema";
import type { Model } from "../model/model";
import { h } from "../ui/dom";
import { createRow } from "../ui/toolbar";
import { choiceItems, createChoice, createLayerSelect, createViewMenu } from "./choices";
import { namesOf } from "./kernel_names";
import { layerOf, readsColor } from "./layer";
import { canSeeThrough } from "./seen_through";
import type { Context } from "./view";

/** What tiles can show: on the button, and in full. */
export const SHOWS: Record<Show, readonly [string, string]> = {
  weight: ["weight", "The weights"],
  gradient: ["gradient", "The gradient of the last step"],
  change: ["change", "Change since the start"],
  update: ["update", "The last step's update"],
  seen_through: ["seen through", "The probe picture seen through each kernel"],
  spectrum: ["spectrum", "How strongly each kernel answers to each frequency"],
};

/** The families to choose from: those that occur, where somebody looks. */
function families(model: Model): Family[] {
  const found = namesOf(model, layerOf(model)).families as Family[];
  const now = model.get("family") ?? "all";
  return found.length || now !== "all" ? [...new Set<Family>(["all", now, ...found])] : [];
}

/** The row above the kernels: what is shown, and in a menu how. */
export function createKernelToolbar(context: Context): HTMLElement {
  const { model } = context;
  const menu = createViewMenu(context, "View", () => {
    const layer = layerOf(model);
    return [
      ...choiceItems(model, "scale", [
        ["layer", "One scale for the layer"],
        ["kernel", "A scale for each kernel"],
      ]),
      ...choiceItems(model, "sort", [
        ["index", "In their own order"],
        ["norm", "Largest norm first"],
        ["change", "Most changed first"],
        ["family", "By family"],
      ]),
      ...choiceItems(model, "labels", [[true, "Names"]]),
      ...choiceItems(
        model,
        "family",
        families(model).map((family) => [
          family,
          family === "all" ? "All families" : `Only ${family}`,
        ]),
      ),
      ...choiceItems(model, "palette", [
        ["RdBu", "Red – blue"],
        ["PuOr", "Orange – purple"],
        ["gray", "Gray"],
      ]),
      ...choiceItems(model, "numbers", [[true, "Numbers where they fit"]]),
      ...(layer && readsColor(layer)
        ? choiceItems(model, "rgb", [[true, "Three inputs as one color"]])
        : []),
    ];
  });
  const shows = (): Show[] => {
    const layer = layerOf(model);
    return [
      ...(model.get("_info")?.quantities ?? []),
      ...(layer && canSeeThrough(model, layer) ? ["seen_through" as const] : []),
      ...(layer && layer.shape.length < 5 ? ["spectrum" as const] : []),
    ];
  };
  return createRow(
    h("h3.kw-title", {}, "Kernels"),
    createLayerSelect(context, "kernel-grid"),
    menu,
    createChoice(context, "show", "Show", () => shows().map((show) => [show, ...SHOWS[show]])),
  );
}
