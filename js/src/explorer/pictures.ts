import { channelsOf } from "../lib/pixels";
import { STIMULI, stimulus } from "../lib/stimuli";
import { createButton } from "../ui/button";
import { createCamera } from "../ui/camera";
import { h } from "../ui/dom";
import { createMenu } from "../ui/menu";
import { createPictureFile } from "../ui/picture_file";
import type { Context } from "../views/view";
import type { Numbers } from "./compute";
import type { Exploration } from "./exploration";
import type { Store } from "./store";

const SIDE = 64;
const DRAWN = 28;
const LONGEST_FILMED = 160;
const LONGEST_UPLOAD = 384;
const NUMBERS = [9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8];
const SIGNAL = [0.8416, 0.7342, 0.571, 0.1769, 0.9574, 0.2653, 0.9246, 0.2238, 0.3736, 0.0875];

/** Puts other inputs in the place of the one on show: samples, files, drawings, the camera. */
export function createPictures(store: Store, exploration: Exploration, context: Context) {
  const { announce } = context;
  /** How many channels the kernel reads; 0 stands for a bare kernel on a bare picture. */
  const depth = (): number =>
    store.kernel.shape.length > 2 ? store.kernel.shape[1]! * store.get("groups") : 0;
  const axes = (): number => {
    const { length } = store.kernel.shape;
    return length > 2 ? length - 2 : length;
  };
  const shaped = (data: Float64Array, ...spatial: number[]): Numbers => {
    const channels = data.length / spatial.reduce((a, b) => a * b, 1);
    return { shape: depth() === 0 ? spatial : [channels, ...spatial], data };
  };
  const fromPixels = (pixels: ImageData): Numbers =>
    shaped(channelsOf(pixels, Math.max(1, depth())), pixels.height, pixels.width);
  /** The same numbers in every channel. */
  const show = (values: readonly number[], ...spatial: number[]): void => {
    const channels = Math.max(1, depth());
    const data = new Float64Array(channels * values.length);
    for (let c = 0; c < channels; c++) data.set(values, c * values.length);
    stop();
    store.setImage(shaped(data, ...spatial));
  };
  const stop = (): void => {
    camera.stop();
    exploration.drawing = false;
  };
  const draw = (): void => {
    show(new Array<number>(DRAWN * DRAWN).fill(0), DRAWN, DRAWN);
    exploration.drawing = true;
    announce("A dark sheet: draw on the input with mouse, pen or finger");
  };
  const camera = createCamera({
    longest: () => LONGEST_FILMED,
    announce,
    onPicture: (pixels) => store.showPrivately(fromPixels(pixels)),
    onChange(on) {
      button.node.hidden = !on;
      if (!on) store.showPrivately(null);
    },
  });
  const file = createPictureFile({
    longest: () => LONGEST_UPLOAD,
    announce,
    onPicture(pixels, name) {
      stop();
      store.setImage(fromPixels(pixels));
      announce(`Input: ${name}`);
    },
  });

  const button = createButton({ label: "Stop camera", onPress: stop });
  button.node.hidden = true;
  const menu = createMenu({
    label: "Input",
    items() {
      const flat = axes() === 1;
      const samples = Object.keys(STIMULI);
      return [
        {
          text: flat ? "Ten numbers" : "Sixteen numbers",
          onPress: () => (flat ? show(SIGNAL, SIGNAL.length) : show(NUMBERS, 4, 4)),
        },
        ...samples.map((name, nth) => ({
          text: name,
          separated: nth === 0,
          onPress: () =>
            flat
              ? show(stimulus(name, 1, SIDE), SIDE)
              : show(stimulus(name, SIDE, SIDE), SIDE, SIDE),
        })),
        ...(flat
          ? []
          : [
              { text: "Draw", separated: true, onPress: draw },
              { text: "Upload …", onPress: file.choose },
              { text: "Camera …", onPress: () => camera.start(node.closest("section") ?? node) },
            ]),
      ];
    },
  });
  const node = h("span", { class: "kw-group" }, menu.node, file.node, button.node);
  return {
    node,
    get filming() {
      return camera.on;
    },
    destroy: camera.stop,
  };
}
