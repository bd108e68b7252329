/** What the hand's module takes from the bundle that asks for it: `build.mjs` sees to that. */

export { drawMap } from "./draw/map";
export { createSurface } from "./draw/surface";
export { fixed, number, rounded } from "./lib/format";
export { range } from "./lib/range";
export { createButton } from "./ui/button";
export { h, setText } from "./ui/dom";
export { createSegmented } from "./ui/segmented";
export { createSlider } from "./ui/slider";
export { adoptStyles } from "./ui/styles";
export { createGroup, createRow } from "./ui/toolbar";
export { can, createChoice, createTool, createViewMenu } from "./views/choices";
export { paletteOf } from "./views/layer";
