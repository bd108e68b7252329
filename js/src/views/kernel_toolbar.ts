import type { Show } from "../generated/schema";
import { h } from "../ui/dom";
import { createRow } from "../ui/toolbar";
import { choiceItems, createChoice, createLayerSelect, createViewMenu } from "./choices";
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
};

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
      ]),
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
      ...(layer && canSeeThrough(layer) ? ["seen_through" as const] : []),
    ];
  };
  return createRow(
    h("h3.kw-title", {}, "Kernels"),
    createLayerSelect(context, "kernel-grid"),
    createChoice(context, "show", "Show", () => shows().map((show) => [show, ...SHOWS[show]])),
    menu,
  );
}
