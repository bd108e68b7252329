import { drawMap } from "../draw/map";
import { createSurface } from "../draw/surface";
import type { Preset } from "../generated/schema";
import { fixed, number } from "../lib/format";
import { handMade } from "../lib/hand_made";
import { fitPreset } from "../lib/kernel_ops";
import { h } from "../ui/dom";
import { createGroup } from "../ui/toolbar";
import { can, createViewMenu } from "../views/choices";
import { paletteOf } from "../views/layer";
import type { Context } from "../views/view";
import type { Editor } from "./editor";
import { createGestureSlider } from "./slider";

const PICTURE_PX = 22;

/** A menu of hand-made kernels; the one that was chosen last is changed by sliders in `panel`. */
export function createPresets(context: Context, editor: Editor): [HTMLElement, panel: HTMLElement] {
  const { model, onPaint } = context;
  const panel = h("div.kw-presets");
  let made = "";
  const kernel = (): string => {
    const { layer, out, input } = editor.onShow;
    return `${layer.name} ${out} ${input}`;
  };
  const presets = (): Preset[] => model.get("_info")?.presets[editor.onShow.shape.join("x")] ?? [];
  /** A kernel as large as a line of text. */
  const pictureOf = (data: readonly number[]): HTMLElement => {
    const { shape } = editor.onShow;
    const canvas = h("canvas", { "aria-hidden": "true" });
    const rows = shape.at(-2) ?? 1;
    const columns = shape.at(-1)!;
    const palette = paletteOf(context);
    const bars = shape.length === 1;
    const picture = { data, start: 0, rows, columns, palette, low: -1, high: 1, bars };
    drawMap(createSurface(canvas), picture, PICTURE_PX);
    return canvas;
  };
  const put = (values: readonly number[]): [number, number][] => [
    ...fitPreset(values, editor.kernel(), editor.limit).entries(),
  ];
  const choose = ({ name, values, maker, parameters }: Preset): void => {
    editor.write(new Map(put(values)));
    const numbers = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
    const sliders = parameters.map(({ name, label, unit, value, ...scale }) =>
      createGestureSlider(
        editor,
        {
          label,
          scale,
          value,
          format: (value) => (scale.step ? fixed(value!, 0) : number(value!, 0, 2)) + unit,
        },
        (value) => {
          numbers[name] = value;
          return put(handMade(maker, numbers, editor.onShow.shape));
        },
      ),
    );
    made = maker && kernel();
    panel.replaceChildren(createGroup(name, h("b", {}, name), ...sliders.map(({ node }) => node)));
  };
  onPaint(() => {
    panel.hidden = made !== kernel();
  });
  return [
    createViewMenu(
      context,
      "Presets",
      () =>
        presets().map((preset) => ({
          text: preset.name,
          picture: pictureOf(preset.values),
          onPress: () => choose(preset),
        })),
      () => can(model, "edit") && presets().length > 0,
    ),
    panel,
  ];
}
