import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LayerInfo, Visible } from "../../src/generated/schema";
import { createPalette } from "../../src/lib/palette";
import { connect } from "../../src/model/model";
import { createKernelGrid } from "../../src/views/kernel_grid";
import { mount } from "../../src/views/mount";
import { FakeHost, nextFrame } from "../fake_host";
import { layerLike, type Page, packer, publish, publishProbe, standIn, stateOf } from "../page";

const LINES = layerLike({ shape: [8, 1, 7, 7], in_channels: 1 });
const DEEP = layerLike({ shape: [512, 512, 3, 3], in_channels: 512, reads_image: false });

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
  host = new FakeHost({ ...stateOf([layer]), ...state });
  const element = document.createElement("div");
  document.body.append(element);
  unmount = mount("kernel-grid", createKernelGrid, connect(host), element);
  nextFrame();
  page.showOnScreen(true);
}
const find = <T extends HTMLElement>(query: string): T => document.querySelector<T>(query)!;
const canvas = (): HTMLCanvasElement => find<HTMLCanvasElement>(".kw-board-window > canvas");
const seen = (): Visible => host.sent.filter((m) => m.event === "visible").at(-1) as Visible;
const status = (): string => find(".kw-status").textContent!;
const press = (key: string): boolean =>
  find(".kw-scroller").dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
  );
function publishKernels(values: ArrayLike<number>, facts: object = {}, biases?: number[]): void {
  const pack = packer();
  const layer = host.state.layer as string;
  const outs = biases ?? Array.from({ length: 8 }, (_, i) => i);
  publish(host, pack, {
    kernels: {
      layer,
      show: "weight",
      outs: outs.map((_, i) => i),
      ins: [0, 1],
      values: pack.add(values, [8, 1, 7, 7]),
      limit: 1,
      biases: biases ? pack.add(biases, [8]) : null,
      note: "",
      ...facts,
    },
  });
}
const ramp = Float32Array.from({ length: 8 * 49 }, (_, i) => (i % 49) / 48 - 0.5);

test("mounted, it sends nothing but what is visible; unmounted, it leaves nothing behind", () => {
  host = new FakeHost(stateOf([LINES]));
  const model = connect(host);
  const before = host.listeners;
  const element = document.createElement("div");
  document.body.append(element);
  const set = vi.spyOn(host, "set");
  unmount = mount("kernel-grid", createKernelGrid, model, element);
  nextFrame();
  page.showOnScreen(true);
  expect(new Set(host.sent.map((message) => message.event))).toEqual(new Set(["visible"]));
  expect(set).not.toHaveBeenCalled();
  unmount();
  expect(seen().parts).toEqual([]);
  expect(host.listeners).toBe(before);
  expect(element.childElementCount).toBe(0);
  vi.advanceTimersByTime(2000);
});

test("all kernels of a small layer are asked for, and nothing while out of sight", () => {
  open(LINES);
  expect(seen()).toMatchObject({ parts: ["kernels"], kernels: [0, 8, 0, 1] });
  page.showOnScreen(false);
  expect(seen().parts).toEqual([]);
});

test("of a large layer only the tiles in sight are asked for, wherever it is scrolled to", () => {
  open(DEEP);
  const [first, last, from, to] = seen().kernels!;
  expect([first, from]).toEqual([0, 0]);
  expect((last - first) * (to - from)).toBeLessThan(1500);
  const scroller = find(".kw-scroller");
  scroller.scrollTop = 3000;
  scroller.scrollLeft = 5000;
  scroller.dispatchEvent(new Event("scroll"));
  nextFrame();
  const [top, bottom, left, right] = seen().kernels!;
  expect(top).toBeGreaterThan(100);
  expect(left).toBeGreaterThan(200);
  expect((bottom - top) * (right - left)).toBeLessThan(1500);
});

test("tiles that have not arrived are blank", () => {
  open(LINES);
  publishKernels(ramp);
  const full = page.pixels(canvas());
  const pack = packer();
  publish(host, pack, {
    kernels: {
      layer: "conv1",
      show: "weight",
      outs: [0, 1],
      ins: [0, 1],
      values: pack.add(ramp.slice(0, 98), [2, 1, 7, 7]),
      limit: 1,
      biases: null,
      note: "",
    },
  });
  const painted = (pixels: Uint32Array): number => pixels.filter((pixel) => pixel !== 0).length;
  expect(painted(page.pixels(canvas()))).toBe(painted(full) / 4);
  publishKernels(ramp, { show: "gradient" });
  expect(painted(page.pixels(canvas()))).toBe(0);
});

test("zero has the neutral color, the ends of the range the strongest", () => {
  open(layerLike({ shape: [1, 1, 7, 7], in_channels: 1 }), { numbers: false });
  const values = new Float32Array(49);
  values.set([-1, 1]);
  const pack = packer();
  publish(host, pack, {
    kernels: {
      layer: "conv1",
      show: "weight",
      outs: [0],
      ins: [0, 1],
      values: pack.add(values, [1, 1, 7, 7]),
      limit: 1,
      biases: null,
      note: "",
    },
  });
  const palette = createPalette("RdBu", false);
  const colors = new Set(page.pixels(canvas()));
  for (const i of [1, 128, 255]) expect(colors).toContain(palette[i]!);
});

test("keys select, within the layer, and say what is selected", () => {
  open(LINES, { selected: [0, 0] });
  publishKernels(ramp, {}, [0.5, 0, 0, 0, 0, 0, 0, -0.25]);
  const after = (key: string): unknown => {
    expect(press(key)).toBe(false);
    return host.state.selected;
  };
  expect(after("ArrowRight")).toEqual([1, 0]);
  expect(after("ArrowDown")).toEqual([5, 0]);
  expect(after("ArrowDown")).toEqual([5, 0]);
  expect(after("End")).toEqual([7, 0]);
  expect(find(".kw-live").textContent).toMatch(
    /^Filter 7: −0\.5\d* to 0\.5\d* · norm .* · bias −0\.250$/,
  );
  expect(after("ArrowRight")).toEqual([7, 0]);
  expect(after("Home")).toEqual([0, 0]);
  expect(press("x")).toBe(true);
  expect(host.commands()).toEqual([]);
});

test("in a sorted layer, positions lead to the filters that stand there", () => {
  open(LINES, { _order: [3, 1, 4, 0, 5, 7, 2, 6], selected: [3, 0] });
  press("ArrowRight");
  expect(host.state.selected).toEqual([1, 0]);
  press("End");
  expect(host.state.selected).toEqual([6, 0]);
});

test("in a matrix, the arrows walk over filters and inputs", () => {
  open(layerLike({ shape: [4, 3, 3, 3], in_channels: 3, reads_image: false }), {
    selected: [1, 1],
  });
  press("ArrowDown");
  press("ArrowRight");
  expect(host.state.selected).toEqual([2, 2]);
  expect(seen().kernels).toEqual([0, 4, 0, 3]);
  expect(page.texts).toEqual(expect.arrayContaining(["0", "1", "2", "3"]));
});

test("three colors make one tile, or three, as wanted", () => {
  const layer = layerLike({ shape: [4, 3, 5, 5], in_channels: 3 });
  open(layer, { selected: [1, 2] });
  press("ArrowRight");
  expect(host.state.selected).toEqual([2, 2]);
  host.set("rgb", false);
  nextFrame();
  press("ArrowLeft");
  expect(host.state.selected).toEqual([2, 1]);
});

test("slices of 3-D kernels stand side by side and ask for their inputs", () => {
  open(layerLike({ shape: [4, 2, 3, 5, 5], kind: "Conv3d", reads_image: false }), {
    selected: [0, 0],
  });
  expect(seen().kernels).toEqual([0, 4, 0, 2]);
  for (let i = 0; i < 3; i++) press("ArrowRight");
  expect(host.state.selected).toEqual([0, 0]);
});

test("the pointer reads a cell and a click selects", () => {
  open(LINES, { selected: [0, 0] });
  publishKernels(ramp);
  const move = new MouseEvent("pointermove", { bubbles: true, clientX: 6, clientY: 6 });
  find(".kw-board-window").dispatchEvent(move);
  expect(status()).toBe("Cell (0, 0) of filter 0 = −0.500");
  find(".kw-board-window").dispatchEvent(
    new MouseEvent("click", { bubbles: true, clientX: 200, clientY: 20 }),
  );
  expect(host.state.selected).toEqual([1, 0]);
  find(".kw-board-window").dispatchEvent(new MouseEvent("pointerleave"));
  expect(status()).toMatch(/^Filter 1: /);
});

test("between tiles, and after the last, there is none", () => {
  open(LINES, { selected: [0, 0] });
  publishKernels(ramp);
  const seen: string[] = [];
  for (let clientX = 0; clientX < 600; clientX++) {
    const move = new MouseEvent("pointermove", { bubbles: true, clientX, clientY: 6 });
    find(".kw-board-window").dispatchEvent(move);
    const word = /^Cell .* of (filter \d)/.exec(status())?.[1] ?? "none";
    if (seen.at(-1) !== word) seen.push(word);
  }
  const filters = seen.filter((word) => word !== "none");
  expect(filters).toEqual([...new Set(filters)].sort());
  expect(filters.length).toBeGreaterThan(1);
  // Before the first, between any two, after the last.
  expect(seen.length).toBe(2 * filters.length + 1);
});

test("dead kernels are named so", () => {
  open(LINES, { selected: [2, 0] });
  publishKernels(ramp.map((value, i) => (Math.floor(i / 49) === 2 ? value / 1000 : value)));
  press("ArrowLeft");
  press("ArrowRight");
  expect(status()).toContain("dead");
});

test("numbers stand in the cells where they fit", () => {
  open(layerLike({ shape: [1, 1, 3, 3], in_channels: 1 }), { numbers: true });
  const pack = packer();
  const values = pack.add([0.25, -0.5, 0, 0, 0, 0, 0, 0, 1], [1, 1, 3, 3]);
  const part = {
    layer: "conv1",
    show: "weight" as const,
    outs: [0],
    ins: [0, 1] as [number, number],
  };
  publish(host, pack, { kernels: { ...part, values, limit: 1, biases: null, note: "" } });
  expect(page.texts).toEqual(expect.arrayContaining(["0.3", "−0.5", "1.0"]));
});

test("a missing quantity is explained in the tiles' place", () => {
  open(LINES, { show: "gradient" });
  publishKernels([], { show: "gradient", values: null, note: "No gradient yet" });
  expect(find(".kw-board-note").textContent).toBe("No gradient yet");
  publishKernels(ramp, { show: "gradient" });
  expect(find(".kw-board-note").textContent).toBe("");
});

test("seen through: the picture as each kernel sees it, asked for and computed here", () => {
  open(LINES, { show: "seen_through", selected: [0, 0] });
  expect(seen().parts).toEqual(["kernels", "probe"]);
  expect(find(".kw-board-note").textContent).toBe("No probe picture yet");
  publishProbe(host, new Float32Array(100).fill(1), [1, 10, 10]);
  const identity = new Float32Array(8 * 49);
  identity[24] = 1;
  publishKernels(identity);
  expect(find(".kw-board-note").textContent).toBe("");
  expect(find(".kw-color-bar").textContent).toBe("−11");
  const palette = createPalette("RdBu", false);
  expect(new Set(page.pixels(canvas()))).toEqual(new Set([0, palette[128], palette[255]]));
});

test("only what the source can show is offered", () => {
  open(DEEP);
  const words = (): string[] =>
    [...document.querySelectorAll(":has(> [type=radio])")].map((label) => label.textContent!);
  expect(words()).toEqual(["weight", "gradient", "spectrum"]);
  host.set("_info", { ...(host.state._info as object), layers: [LINES] });
  nextFrame();
  expect(words()).toEqual(["weight", "gradient", "seen through", "spectrum"]);
  host.set("_info", { ...(host.state._info as object), samples: [] });
  nextFrame();
  expect(words()).toEqual(["weight", "gradient", "spectrum"]);
});

test("a source without layers says so", () => {
  open(LINES, { _info: { ...stateOf([]), layers: [], quantities: [], samples: [], verbs: [] } });
  expect(find(".kw-board-note").textContent).toBe("No convolution layer here");
});
