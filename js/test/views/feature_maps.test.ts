import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LayerInfo, SetProbe, Visible } from "../../src/generated/schema";
import { connect } from "../../src/model/model";
import { createFeatureMaps } from "../../src/views/feature_maps";
import { mount } from "../../src/views/mount";
import { FakeHost, nextFrame } from "../fake_host";
import { layerLike, type Page, packer, publish, publishProbe, standIn, stateOf } from "../page";

const LAYER = layerLike({
  shape: [6, 1, 2, 2],
  in_channels: 1,
  padding: [
    [0, 0],
    [0, 0],
  ],
});
const WIDE = layerLike({ shape: [512, 64, 3, 3], in_channels: 64, reads_image: false });

let page: Page;
let host: FakeHost;
let unmount: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  page = standIn();
});
afterEach(() => {
  unmount();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

function open(layer: LayerInfo, state: { [name: string]: unknown } = {}): void {
  host = new FakeHost({ ...stateOf([layer]), _view: "feature-maps", ...state });
  const element = document.createElement("div");
  document.body.append(element);
  unmount = mount("feature-maps", createFeatureMaps, connect(host), element);
  nextFrame();
  page.showOnScreen(true);
}
const find = <T extends HTMLElement>(query: string): T => document.querySelector<T>(query)!;
const seen = (): Visible => host.sent.filter((m) => m.event === "visible").at(-1) as Visible;
const captions = (): (string | null)[] =>
  [...document.querySelectorAll("figure")]
    .filter((figure) => !figure.closest("[hidden]"))
    .map((figure) => figure.textContent);
const shown = (query: string): boolean => {
  let element: HTMLElement | null = find(query);
  while (element && !element.hidden) element = element.parentElement;
  return element === null;
};
function publishMaps(size = 3, facts: object = {}, kernel = [1, 0, 0, 1]): void {
  const pack = packer();
  const maps = Float32Array.from({ length: 6 * size * size }, (_, i) => i / 10);
  publish(host, pack, {
    maps: {
      layer: "conv1",
      stage: "before",
      sample: 0,
      outs: [0, 6],
      values: pack.add(maps, [6, size, size]),
      low: 0,
      high: 6,
      note: "",
      ...facts,
    },
    selected: {
      layer: "conv1",
      kernel: host.state.selected as [number, number],
      values: pack.add(kernel, [2, 2]),
      limit: 1,
      bias: null,
      frozen: [],
      bias_frozen: false,
      muted: false,
    },
    answers: [
      [
        { label: "seven", share: 0.984 },
        { label: "one", share: 0.01 },
      ],
    ],
  });
}
const PICTURE = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

test("mounted, it sends nothing but what is visible; unmounted, it leaves nothing behind", () => {
  host = new FakeHost(stateOf([LAYER]));
  const model = connect(host);
  const before = host.listeners;
  const set = vi.spyOn(host, "set");
  unmount = mount("feature-maps", createFeatureMaps, model, document.body);
  nextFrame();
  page.showOnScreen(true);
  expect(new Set(host.sent.map((message) => message.event))).toEqual(new Set(["visible"]));
  expect(set).not.toHaveBeenCalled();
  unmount();
  expect(seen().parts).toEqual([]);
  expect(host.listeners).toBe(before);
});

test("only channels in sight are asked for", () => {
  open(WIDE);
  const [first, last] = seen().maps!;
  expect(first).toBe(0);
  expect(last).toBeLessThan(200);
  const scroller = find(".kw-scroller");
  scroller.scrollTop = 900;
  scroller.dispatchEvent(new Event("scroll"));
  nextFrame();
  expect(seen().maps![0]).toBeGreaterThan(0);
  expect(seen().maps![1] - seen().maps![0]).toBeLessThan(200);
});

test("the probe picture, the selected map and the answers are shown", () => {
  open(LAYER, { selected: [2, 0] });
  expect(shown(".kw-answers")).toBe(false);
  publishProbe(host, PICTURE, [1, 4, 4]);
  publishMaps();
  expect(captions()).toEqual(["“seven”", "map 2", "spot", "filter 2"]);
  expect(find(".kw-answers").textContent).toBe("seven98\u00a0%one1\u00a0%");
  expect(find(".kw-color-bar").textContent).toBe("06.0");
});

test("the spot that fits best is the one with the largest answer, boxed and shown", () => {
  open(LAYER, { selected: [0, 0] });
  publishProbe(host, PICTURE, [1, 4, 4]);
  publishMaps();
  const canvases = [...document.querySelectorAll<HTMLCanvasElement>("figure canvas")];
  expect(canvases[0]!.getAttribute("aria-label")).toContain("filter 0 answers to most is boxed");
  const pixels = page.pixels(canvases[2]!);
  const side = Math.sqrt(pixels.length);
  const corners = [0, side - 1, pixels.length - side, pixels.length - 1].map((i) => pixels[i]);
  // Under the diagonal kernel lies the picture's only diagonal.
  expect(corners).toEqual([0xffffffff, 0xff000000, 0xff000000, 0xffffffff]);
  expect(find(".kw-fit > p").textContent).toBe("Not a chosen patch; this one fits best");
});

test("a layer that does not read the picture has no best fit", () => {
  open(layerLike({ ...LAYER, reads_image: false }), { selected: [0, 0] });
  publishProbe(host, PICTURE, [1, 4, 4]);
  publishMaps();
  expect(captions()).toEqual(["“seven”", "map 0"]);
});

test("keys and clicks select a map's kernel and keep the input", () => {
  open(LAYER, { selected: [0, 0] });
  publishMaps();
  find(".kw-scroller").dispatchEvent(
    new KeyboardEvent("keydown", { key: "End", bubbles: true, cancelable: true }),
  );
  expect(host.state.selected).toEqual([5, 0]);
  expect(find(".kw-live").textContent).toBe("Map 5: 4.50 to 5.30");
  find(".kw-board-window").dispatchEvent(
    new MouseEvent("click", { bubbles: true, clientX: 8, clientY: 8 }),
  );
  expect(host.state.selected).toEqual([0, 0]);
  expect(find(".kw-status").textContent).toBe("Cell (0, 0) of map 0 = 0");
});

test("maps of another stage or picture are not passed off as these", () => {
  open(LAYER, { selected: [0, 0] });
  publishMaps(3, { stage: "after" });
  expect(captions()).toEqual([]);
  publishMaps(3, { sample: 1 });
  expect(captions()).toEqual([]);
  publishMaps();
  expect(captions()).toContain("map 0");
});

test("why there are no maps is said in their place", () => {
  open(LAYER);
  publishMaps(3, { values: null, note: "No probe yet" });
  expect(find(".kw-board-note").textContent).toBe("No probe yet");
});

test("a test picture replaces the one on show, in its size, and the answer is said", async () => {
  open(LAYER, { sample: 1 });
  host.slow = true;
  const menu = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const replace = [...document.querySelectorAll("button")].find(
    (b) => b.textContent === "Replace",
  )!;
  expect(shown("[aria-label='Probe picture']")).toBe(true);
  publishProbe(host, PICTURE, [1, 4, 4]);
  replace.click();
  menu()
    .find((item) => item.textContent === "Edge")!
    .click();
  await Promise.resolve();
  const command = host.commands("set_probe")[0] as SetProbe & { id: string };
  expect(command).toMatchObject({ sample: 1, sample_name: "edge", size: [4, 4, 1] });
  expect(command.pixels!.slice(0, 4)).toEqual([0, 0, 1, 1]);
  await host.answer(command, "the probe is locked");
  expect(find(".kw-live").textContent).toBe("the probe is locked");
});

test("without the verb there is nothing to replace", () => {
  open(LAYER, { _info: { ...(stateOf([LAYER])._info as object), verbs: [] } });
  publishProbe(host, PICTURE, [1, 4, 4]);
  const buttons = [...document.querySelectorAll("button")].filter(
    (b) => b.textContent === "Replace",
  );
  expect(buttons.every((button) => button.closest("[hidden]"))).toBe(true);
});
