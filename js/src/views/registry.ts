import type { ViewName } from "../generated/schema";
import { createControls } from "./controls";
import { createFeatureMaps } from "./feature_maps";
import { createKernelEditor } from "./kernel_editor";
import { createKernelGrid } from "./kernel_grid";
import { createLab } from "./lab";
import { createLossCurve } from "./loss_curve";
import { createTimeline } from "./timeline";
import type { CreateView } from "./view";

/** Every view by its name. */
export const registry: Record<ViewName, CreateView> = {
  "kernel-grid": createKernelGrid,
  "feature-maps": createFeatureMaps,
  "kernel-editor": createKernelEditor,
  controls: createControls,
  "loss-curve": createLossCurve,
  timeline: createTimeline,
  lab: createLab,
};
