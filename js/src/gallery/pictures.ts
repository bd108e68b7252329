import { channelsOf, type Picture } from "../lib/pixels";
import { STIMULI, stimulus } from "../lib/stimuli";
import { createButton } from "../ui/button";
import { createCamera } from "../ui/camera";
import { h, setAttribute } from "../ui/dom";
import { createMenu } from "../ui/menu";
import { createPictureFile } from "../ui/picture_file";
import type { Context } from "../views/view";
import type { Store } from "./store";

const SAMPLE_SIDE = 128;
/** The width of the pen for a sheet of 1. */
const PEN = 1 / 24;
const CAMERA = "M2.5 5h2.8l1-1.8h3.4l1 1.8h2.8v8h-11zM8 11a2.2 2.2 0 1 0 0-4.4A2.2 2.2 0 0 0 8 11";

/** Puts other pictures in the place of the one on show: samples, files, drawings, the camera. */
export function createPictures(context: Context, store: Store, sheet: HTMLCanvasElement) {
  const { announce, model } = context;
  const longest = (): number => store.resolution;
  const fromPixels = (pixels: ImageData, channels: number): Picture => ({
    channels,
    rows: pixels.height,
    columns: pixels.width,
    data: channelsOf(pixels, channels),
  });
  const stop = (): void => {
    camera.stop();
    pen = null;
    setAttribute(sheet, "data-kw-draw", null);
  };
  const show = (picture: Picture | null, name: string): void => {
    stop();
    store.setPicture(picture, name);
  };

  const camera = createCamera({
    longest,
    announce,
    onPicture: (pixels) => store.showPrivately(fromPixels(pixels, 3), "Camera"),
    onChange(on) {
      button.setLabel(on ? "Stop camera" : "Camera");
      button.setPressed(on);
      if (!on) store.showPrivately(null);
    },
  });
  const film = (): void => {
    if (camera.on) stop();
    else {
      stop();
      camera.start(sheet.closest("section") ?? sheet);
    }
  };
  const file = createPictureFile({
    longest,
    announce,
    onPicture(pixels, name) {
      show(fromPixels(pixels, 3), name);
      announce(`Picture: ${name}`);
    },
  });

  let pen: CanvasRenderingContext2D | null = null;
  const drawn = (): Picture =>
    fromPixels(pen!.getImageData(0, 0, pen!.canvas.width, pen!.canvas.height), 1);
  const draw = (): void => {
    stop();
    const side = store.resolution;
    pen = h("canvas", { width: side, height: side }).getContext("2d", {
      willReadFrequently: true,
    })!;
    pen.fillRect(0, 0, side, side);
    pen.strokeStyle = "#fff";
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = side * PEN;
    setAttribute(sheet, "data-kw-draw", true);
    store.showPrivately(drawn(), "Drawing");
    announce("A dark sheet: draw on the picture with mouse, pen or finger");
  };
  let drawing = false;
  const stroke = (event: PointerEvent): void => {
    if (!pen || !drawing) return;
    const box = sheet.getBoundingClientRect();
    const { width, height } = pen.canvas;
    pen.lineTo(
      ((event.clientX - box.left) / box.width) * width,
      ((event.clientY - box.top) / box.height) * height,
    );
    pen.stroke();
    store.showPrivately(drawn(), "Drawing");
  };
  const lift = (): void => {
    if (!pen || !drawing) return;
    drawing = false;
    store.setPicture(drawn(), "Drawing");
  };
  sheet.addEventListener("pointerdown", (event) => {
    if (!pen) return;
    event.preventDefault();
    sheet.setPointerCapture?.(event.pointerId);
    drawing = true;
    pen.beginPath();
    stroke(event);
    stroke(event);
  });
  sheet.addEventListener("pointermove", stroke);
  sheet.addEventListener("pointerup", lift);
  sheet.addEventListener("pointercancel", lift);

  const button = createButton({ label: "Camera", icon: CAMERA, pressed: false, onPress: film });
  const samples = () => model.get("_info")?.samples ?? [];
  const probes = () =>
    samples().map((label, nth) => ({
      text: `Probe: ${label}`,
      onPress() {
        model.set("sample", nth);
        show(null, "");
      },
    }));
  const menu = createMenu({
    label: "Picture",
    items: () => [
      ...(samples().length ? probes() : [{ text: "Leaves", onPress: () => show(null, "Leaves") }]),
      ...Object.keys(STIMULI)
        .filter((name) => name !== "Blank")
        .map((name, nth) => ({
          text: name,
          separated: nth === 0,
          onPress() {
            const [channels, rows, columns] = [1, SAMPLE_SIDE, SAMPLE_SIDE];
            show({ channels, rows, columns, data: stimulus(name, rows, columns) }, name);
          },
        })),
      { text: "Draw", separated: true, onPress: draw },
      { text: "Upload …", onPress: file.choose },
    ],
  });
  return {
    nodes: [menu.node, file.node, button.node],
    get moving() {
      return camera.on || drawing;
    },
    destroy: stop,
  };
}
