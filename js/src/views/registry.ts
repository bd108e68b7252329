import type { ViewName } from "../generated/schema";
import { h } from "../ui/dom";
import type { CreateView } from "./view";

const createEmpty: CreateView = () => ({ node: h("div"), destroy() {} });

/** Every view by its name. */
export const registry: Record<ViewName, CreateView> = {
  "kernel-grid": createEmpty,
  "feature-maps": createEmpty,
  "kernel-editor": createEmpty,
  controls: createEmpty,
  "loss-curve": createEmpty,
  lab: createEmpty,
};
