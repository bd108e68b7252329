import { afterEach, beforeEach, expect, test, vi } from "vitest";
import createWidget from "../../src/gallery";
import { FakeHost, nextFrame } from "../fake_host";
import { layerLike, packer, publish, publishProbe, standIn, stateOf } from "../page";

const picture = (shape: number[], values: readonly number[]) => ({
  shape,
  data: new DataView(Float32Array.from(values).buffer),
});
const MADE = [
  { name: "Sobel x", shape: [3, 3], values: [-1, 0, 1, -2, 0, 2, -1, 0, 1] },
  { name: "Mean", shape: [1, 2], values: [0.5, 0.5] },
];
const LAYER = layerLike({ shape: [3, 1, 3, 3], in_channels: 1, name: "conv1" });
const EDGE = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1];

let page: ReturnType<typeof standIn>;
beforeEach(() => {
  vi.useFakeTimers();
  page = standIn(1000);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

function open(state: Record<string, unknown> = {}) {
  const host = new FakeHost({
    ...stateOf([LAYER], { samples: [] }),
    _view: "filter-gallery",
    _hand_made: MADE,
    _message: "",
    palette: "RdBu",
    image: picture([3, 4], EDGE),
    enlarged: 0,
    resolution: 64,
    present: false,
    ...state,
  });
  const element = document.createElement("div");
  document.body.append(element);
  const widget = createWidget();
  widget.initialize({ model: host });
  const before = host.listeners;
  const unmount = widget.render({ model: host, el: element });
  nextFrame();
  const tiles = () => [...element.querySelectorAll<HTMLElement>("[role=option]")];
  const press = (key: string) => {
    const target = tiles().find((tile) => tile.tabIndex === 0)!;
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    nextFrame();
  };
  const figures = () =>
    [...element.querySelectorAll("figcaption")].map((caption) => caption.textContent);
  const button = (text: string) =>
    [...element.querySelectorAll<HTMLElement>("button")].find((b) => b.textContent === text)!;
  const choose = (text: string) => {
    button("Picture").click();
    button(text).click();
    nextFrame();
  };
  return { host, element, tiles, press, figures, button, choose, unmount, before };
}

function learn(host: FakeHost, values: number[]): void {
  const pack = packer();
  publish(host, pack, {
    kernels: {
      layer: "conv1",
      show: "weight",
      outs: [0, 1, 2],
      ins: [0, 1],
      values: pack.add(values, [3, 1, 3, 3]),
      limit: 1,
      biases: null,
      note: "",
    },
  });
}
const WEIGHTS = Array.from({ length: 27 }, (_, i) => (i % 5) - 2);

test("hand-made kernels come first, then those that are learned, each with its name", () => {
  const { host, element, tiles } = open();
  expect(tiles().map((tile) => tile.textContent)).toEqual(["Sobel x", "Mean"]);
  learn(host, WEIGHTS);
  expect(tiles().map((tile) => tile.getAttribute("aria-label"))).toEqual([
    "Sobel x, 3×3",
    "Mean, 1×2",
    "Filter 0, 3×3",
    "Filter 1, 3×3",
    "Filter 2, 3×3",
  ]);
  const groups = [...element.querySelectorAll("[role=group][aria-label] > .kw-g-head")];
  expect(groups.map((group) => group.textContent)).toEqual([
    "Hand-made",
    "conv13 filters of 3×3, step 7",
  ]);
});

test("tiles hold the picture through their kernel, and follow what is learned", () => {
  const { host, tiles } = open();
  learn(host, WEIGHTS);
  const pixels = (nth: number) => page.pixels(tiles()[nth]!.querySelector("canvas")!);
  expect(pixels(0)).toHaveLength(12);
  const [flat, edge] = pixels(0);
  expect(flat).not.toBe(edge);
  const before = pixels(2);
  learn(host, WEIGHTS.map((value) => -value).reverse());
  expect(pixels(2)).not.toEqual(before);
  expect(pixels(0)[0]).toBe(flat);
});

test("a click or an arrow enlarges a kernel; Python hears of it, and may choose as well", () => {
  const { host, tiles, press, figures, element } = open();
  learn(host, WEIGHTS);
  tiles()[1]!.click();
  expect(host.get("enlarged")).toBe(1);
  nextFrame();
  expect(tiles().map((tile) => tile.getAttribute("aria-selected"))).toEqual([
    "false",
    "true",
    "false",
    "false",
    "false",
  ]);
  expect(document.activeElement).toBe(tiles()[1]);
  press("ArrowRight");
  expect(host.get("enlarged")).toBe(2);
  press("ArrowUp");
  expect(host.get("enlarged")).toBe(0);
  press("ArrowDown");
  expect(host.get("enlarged")).toBe(2);
  press("End");
  expect(host.get("enlarged")).toBe(4);
  press("ArrowRight");
  expect(host.get("enlarged")).toBe(4);
  press("Home");
  expect(host.get("enlarged")).toBe(0);
  // The range of the colors: three standard deviations from zero, or the largest number.
  expect(figures()[1]).toBe("Response−4.04.0");
  host.set("enlarged", 1);
  nextFrame();
  expect(figures()[1]).toBe("Response01.0");
  expect(element.querySelector("[role=img][aria-label^=Mean]")!.getAttribute("aria-label")).toBe(
    "Mean of the picture: from 0 to 1.0",
  );
});

test("a picture of three channels is shown in color, and so is a picture that is made of it", () => {
  const colors = EDGE.flatMap((value) => [value, 0, 0]);
  const { tiles } = open({ image: picture([3, 4, 3], colors) });
  const mean = page.pixels(tiles()[1]!.querySelector("canvas")!);
  expect(mean[0]).toBe(0xff000000);
  expect(mean[3]).toBe(0xff0000ff);
});

test("without a picture the probe is shown, and without a probe a sample", () => {
  const { host, figures } = open({ image: null });
  expect(figures()[0]).toContain("Leaves");
  const info = host.get("_info") as object;
  host.set("_info", { ...info, samples: ["seven"] });
  publishProbe(host, [0, 1, 2, 3], [1, 2, 2]);
  expect(figures()[0]).toBe("Probe: seven2×2");
});

test("samples are shared with Python; larger pictures are averaged down", () => {
  const { host, choose, figures } = open({ resolution: 32 });
  choose("Rings");
  expect(figures()[0]).toBe("Rings32×32 of 128×128");
  const image = host.get("image") as { shape: number[]; data: DataView };
  expect(image.shape).toEqual([128, 128]);
  expect(image.data.byteLength).toBe(4 * 128 * 128);
  // It comes back as another object.
  host.set("image", { ...image, data: new DataView(image.data.buffer.slice(0)) });
  nextFrame();
  expect(figures()[0]).toContain("Rings");
  choose("Leaves");
  expect(host.get("image")).toBeNull();
});

test("the camera is asked for only on a click, stays in the page, and stops", async () => {
  const stopped = vi.fn();
  const asked = vi.fn(async () => ({ getTracks: () => [{ stop: stopped }] }));
  Object.defineProperty(navigator, "mediaDevices", {
    configurable: true,
    value: { getUserMedia: asked },
  });
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue(undefined);
  const { host, button, unmount } = open();
  const writes = vi.spyOn(host, "set");
  expect(asked).not.toHaveBeenCalled();
  const settle = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    nextFrame();
  };
  button("Camera").click();
  await settle();
  expect(asked).toHaveBeenCalledTimes(1);
  expect(button("Stop camera").getAttribute("aria-pressed")).toBe("true");
  button("Stop camera").click();
  expect(stopped).toHaveBeenCalledTimes(1);
  button("Camera").click();
  await settle();
  vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(stopped).toHaveBeenCalledTimes(2);
  expect(button("Camera").getAttribute("aria-pressed")).toBe("false");
  button("Camera").click();
  await settle();
  unmount();
  expect(stopped).toHaveBeenCalledTimes(3);
  expect(writes).not.toHaveBeenCalled();
});

test("a camera that is refused leaves all as it was", async () => {
  Object.defineProperty(navigator, "mediaDevices", {
    configurable: true,
    value: {
      getUserMedia: async () => {
        throw new DOMException("no", "NotAllowedError");
      },
    },
  });
  const { element, button, figures } = open();
  button("Camera").click();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  expect(element.textContent).toContain("No camera: permission was not given");
  expect(button("Camera")).toBeTruthy();
  expect(figures()[0]).toBe("Picture4×3");
});

test("mounting and unmounting write nothing and leave nothing behind", () => {
  const { host, unmount, before, element } = open();
  const writes = vi.spyOn(host, "set");
  learn(host, WEIGHTS);
  page.showOnScreen(true);
  const shown = host.sent.filter(({ event }) => event === "visible").at(-1)!;
  expect(shown).toMatchObject({ parts: ["kernels", "probe"], kernels: [0, 3, 0, 1] });
  expect(host.commands()).toEqual([]);
  unmount();
  vi.advanceTimersByTime(1000);
  expect(writes).not.toHaveBeenCalled();
  expect(host.listeners).toBe(before);
  expect(element.childElementCount).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
