import { STIMULI, stimulus } from "../lib/stimuli";
import { createButton } from "../ui/button";
import { h } from "../ui/dom";
import { createMenu } from "../ui/menu";
import type { Context } from "../views/view";
import { type Camera, channelsOf, startCamera } from "./camera";
import type { Numbers } from "./compute";
import type { Exploration } from "./exploration";
import type { Store } from "./store";

const SIDE = 64;
const DRAWN = 28;
const LONGEST_UPLOAD = 384;
const NUMBERS = [9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8];
const SIGNAL = [0.8416, 0.7342, 0.571, 0.1769, 0.9574, 0.2653, 0.9246, 0.2238, 0.3736, 0.0875];

/** Puts other inputs in the place of the one on show: samples, files, drawings, the camera. */
export function createPictures(store: Store, exploration: Exploration, context: Context) {
  const file = h("input", { type: "file", accept: "image/*", tabindex: -1, "aria-hidden": "true" });
  file.hidden = true;
  let camera: Camera | null = null;
  let asking = false;

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
  /** The same numbers in every channel. */
  const show = (values: readonly number[], ...spatial: number[]): void => {
    const channels = Math.max(1, depth());
    const data = new Float64Array(channels * values.length);
    for (let c = 0; c < channels; c++) data.set(values, c * values.length);
    stop();
    store.setImage(shaped(data, ...spatial));
  };
  const stop = (): void => {
    camera?.stop();
    camera = null;
    exploration.drawing = false;
    button.node.hidden = true;
    store.showPrivately(null);
  };
  const start = async (): Promise<void> => {
    if (camera || asking) return;
    asking = true;
    try {
      camera = await startCamera(
        () => Math.max(1, depth()),
        ({ shape, data }) => store.showPrivately(shaped(data, ...shape.slice(1))),
      );
      button.node.hidden = false;
      context.announce("The camera is on. Its pictures stay in this page.");
    } catch (error) {
      const denied = error instanceof DOMException && error.name === "NotAllowedError";
      const why = denied ? "permission was not given" : (error as Error).message;
      context.announce(`No camera: ${why}`);
    }
    asking = false;
  };
  const draw = (): void => {
    show(new Array<number>(DRAWN * DRAWN).fill(0), DRAWN, DRAWN);
    exploration.drawing = true;
    context.announce("A dark sheet: draw on the input with mouse, pen or finger");
  };
  const upload = async (chosen: File): Promise<void> => {
    try {
      const picture = await createImageBitmap(chosen);
      const scale = Math.min(1, LONGEST_UPLOAD / Math.max(picture.width, picture.height));
      const [width, height] = [picture.width * scale, picture.height * scale].map(Math.round);
      const canvas = h("canvas", { width: width!, height: height! });
      const drawing = canvas.getContext("2d")!;
      drawing.imageSmoothingQuality = "high";
      drawing.drawImage(picture, 0, 0, width!, height!);
      const data = channelsOf(drawing.getImageData(0, 0, width!, height!), Math.max(1, depth()));
      stop();
      store.setImage(shaped(data, height!, width!));
      context.announce(`Input: ${chosen.name}`);
    } catch {
      context.announce(`${chosen.name} is no picture that this browser can read`);
    }
  };
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    file.value = "";
    if (chosen) upload(chosen);
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
              { text: "Upload …", onPress: () => file.click() },
              { text: "Camera …", onPress: start },
            ]),
      ];
    },
  });
  return {
    node: h("span", { class: "kw-group" }, menu.node, file, button.node),
    get filming() {
      return camera !== null;
    },
    destroy(): void {
      camera?.stop();
      camera = null;
      menu.destroy();
    },
  };
}
