import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LayerInfo, Names } from "../../src/generated/schema";
import { connect } from "../../src/model/model";
import { createKernelGrid } from "../../src/views/kernel_grid";
import { namesOf } from "../../src/views/kernel_names";
import { mount } from "../../src/views/mount";
import { FakeHost, nextFrame } from "../fake_host";
import { layerLike, type Page, packer, publish, standIn, stateOf } from "../page";

const LINES = layerLike({ shape: [4, 1, 7, 7], in_channels: 1 });
const DEEP = layerLike({ shape: [2, 2, 3, 3], in_channels: 4, groups: 2, reads_image: false });

function namesLike(layer: LayerInfo, facts: Partial<Names> = {}): Names {
  return {
    layer: layer.name,
    step: 12,
    outs: [0, 1, 2, 3],
    ins: [0, 1],
    color: false,
    words: ["", "│ edge", "◎ blob"],
    names: [1, 0, 2, 1],
    stale: [],
    text: "3 of 4 kernels named, about 0.1 by chance, as of step 12",
    kernel: [0, 0],
    sentence: "vertical edge detector (first derivative along x): r = 0.97 to Sobel",
    ...facts,
  };
}

let page: Page;
let host: FakeHost;
let unmount: () => void = () => undefined;

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
  host = new FakeHost({ ...stateOf([layer]), labels: true, family: "all", ...state });
  const element = document.createElement("div");
  document.body.append(element);
  unmount = mount("kernel-grid", createKernelGrid, connect(host), element);
  nextFrame();
  page.showOnScreen(true);
}
const find = <T extends HTMLElement>(query: string): T => document.querySelector<T>(query)!;
const status = (): string => find(".kw-status").textContent!;
const press = (key: string): boolean =>
  find(".kw-scroller").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

function publishKernels(outs: number[], ins: number, cells: number, note = ""): void {
  const pack = packer();
  const values = outs.length
    ? pack.add(new Float32Array(outs.length * ins * cells * cells).fill(0.5), [
        outs.length,
        ins,
        cells,
        cells,
      ])
    : null;
  publish(host, pack, {
    kernels: {
      layer: host.state.layer as string,
      show: "weight",
      outs,
      ins: [0, ins],
      values,
      limit: 1,
      biases: null,
      note,
    },
  });
}

test("each kernel has its name, those of others have none", () => {
  open(LINES, { _names: namesLike(LINES) });
  const names = namesOf(connect(host), LINES);
  expect([0, 1, 2, 3].map((out) => names.wordOf(out, 0))).toEqual([
    "│ edge",
    "",
    "◎ blob",
    "│ edge",
  ]);
  expect(names.wordOf(9, 0)).toBe("");
  expect(names.wordOf(0, null)).toBe("");
  expect(names.families).toEqual(["edge", "blob"]);
  expect(namesOf(connect(host), { ...LINES, name: "other" }).wordOf(0, 0)).toBe("");
});

test("a kernel that was changed since it was named bears its name no more than as a memory", () => {
  host = new FakeHost({ ...stateOf([LINES]), _names: namesLike(LINES, { stale: [2] }) });
  const names = namesOf(connect(host), LINES);
  expect([0, 2].map((out) => names.isStale(out, 0))).toEqual([false, true]);
  expect(names.factsOf(2, 0)).toEqual(["◎ blob before it was changed"]);
});

test("in deeper layers the words name the feature map of their one slice", () => {
  const facts = { outs: [0, 1], ins: [0, 2] as [number, number], sentence: "" };
  open(DEEP, { _names: namesLike(DEEP, facts) });
  const names = namesOf(connect(host), DEEP);
  expect(names.factsOf(0, 0)).toEqual(["│ edge in feature map 0"]);
  expect(names.factsOf(1, 1)).toEqual(["│ edge in feature map 3"]);
});

test("the sentence is in the status line, and is spoken when it comes", () => {
  open(LINES, { _names: namesLike(LINES), selected: [0, 0] });
  publishKernels([0, 1, 2, 3], 1, 7);
  press("ArrowRight");
  press("ArrowRight");
  expect(status()).toContain("◎ blob");
  host.set("_names", namesLike(LINES, { kernel: [2, 0], sentence: "spot detector" }));
  nextFrame();
  expect(find("[aria-live=polite]").textContent).toContain("spot detector");
  expect(find(".kw-foot").textContent).toContain("3 of 4 kernels named, about 0.1 by chance");
});

test("chosen kernels are shown alone, and asked for by their place", () => {
  open(LINES, { _order: [2, 0] });
  publishKernels([2, 0], 1, 7);
  const shown = host.sent.filter((message) => message.event === "visible").at(-1);
  expect(shown).toMatchObject({ kernels: [0, 2, 0, 1] });
  press("End");
  expect(host.state.selected).toEqual([0, 0]);
});

test("where nothing is chosen the board says so", () => {
  open(LINES, { _order: [] });
  publishKernels([], 1, 7, "No filter is of that kind now.");
  expect(find(".kw-board-note").textContent).toBe("No filter is of that kind now.");
});

test("a spectrum is drawn from zero, in gray", () => {
  open(LINES, { show: "spectrum" });
  publishKernels([0, 1, 2, 3], 1, 7);
  expect(find(".kw-color-bar").textContent).toBe("050");
  expect(find(".kw-foot").textContent).toContain("zero frequency in the center");
});
