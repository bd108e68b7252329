import { hostFrames } from "./ui/frame";

// Beside every embedded page stands this script; the first of them serves all.
const served = window as { kernelwidgetsFrames?: true };
if (!served.kernelwidgetsFrames) {
  served.kernelwidgetsFrames = true;
  hostFrames("iframe[data-kernelwidgets]");
}
