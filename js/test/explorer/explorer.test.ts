import { afterEach, beforeEach, expect, test, vi } from "vitest";
import createWidget from "../../src/explorer";
import { FakeHost, nextFrame } from "../fake_host";
import { standIn } from "../page";

const numbers = (shape: number[], values: readonly number[]) => ({
  shape,
  data: new DataView(Float64Array.from(values).buffer),
});
const read = (value: unknown): number[] => {
  const { data } = value as { data: DataView };
  return [...new Float64Array(data.buffer, data.byteOffset, data.byteLength / 8)];
};
const PICTURE = [9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8];
const KERNEL = [1, 2, 3, 4, 5, 6, 7, 8, 9];

let still = false;
let copied = "";

beforeEach(() => {
  vi.useFakeTimers();
  standIn(1000);
  vi.stubGlobal("matchMedia", () => ({
    matches: still,
    addEventListener() {},
    removeEventListener() {},
  }));
  Object.assign(navigator, {
    clipboard: {
      writeText: async (text: string) => {
        copied = text;
      },
    },
  });
  still = false;
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function open(state: Record<string, unknown> = {}) {
  const host = new FakeHost({
    _live: null,
    _message: "",
    image: numbers([4, 4], PICTURE),
    kernel: numbers([3, 3], KERNEL),
    mode: "cross-correlation",
    padding: "valid",
    padding_mode: "zeros",
    stride: 1,
    dilation: 1,
    groups: 1,
    bias: 0,
    relu: false,
    pool: null,
    channel: 0,
    position: [0, 0],
    ...state,
  });
  const element = document.createElement("div");
  document.body.append(element);
  const widget = createWidget();
  widget.initialize({ model: host });
  const before = host.listeners;
  const unmount = widget.render({ model: host, el: element });
  nextFrame();
  const find = <T extends HTMLElement = HTMLElement>(selector: string): T =>
    element.querySelector<T>(selector)!;
  const named = <T extends HTMLElement = HTMLElement>(name: string): T =>
    find<T>(`[aria-label="${name}"]`);
  const button = (text: string) =>
    [...element.querySelectorAll<HTMLElement>("button")].find((b) => b.textContent === text)!;
  const text = () => find(".kw-x-terms").textContent;
  const press = (target: HTMLElement, key: string) => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    nextFrame();
  };
  const set = (name: string, value: unknown) => {
    host.set(name, value);
    nextFrame();
  };
  return { host, element, find, named, button, text, press, set, unmount, before };
}
const outputFrame = (element: HTMLElement): HTMLElement =>
  element.querySelector<HTMLElement>(".kw-x-results .kw-x-frame")!;

test("every product is written out; arrows walk through the outputs", () => {
  const { element, text, press, host } = open();
  expect(text()).toBe("1·9 + 2·8 + 3·7 + 4·5 + 5·4 + 6·3 + 7·1 + 8·2 + 9·3 = 154");
  press(outputFrame(element), "ArrowRight");
  expect(host.get("position")).toEqual([0, 1]);
  expect(text()).toContain("= 157");
  press(outputFrame(element), "End");
  expect(text()).toContain("= 233");
  press(outputFrame(element), "ArrowDown");
  expect(host.get("position")).toEqual([1, 1]);
  vi.advanceTimersByTime(400);
  expect(element.querySelector(".kw-live")!.textContent).toBe("Output row 2, column 2: 233");
});

test("mounting and unmounting write nothing and leave nothing behind", () => {
  const { host, unmount, before, element } = open();
  const writes = vi.spyOn(host, "set");
  vi.advanceTimersByTime(1000);
  expect(host.sent.filter((message) => message.op)).toEqual([]);
  unmount();
  vi.advanceTimersByTime(1000);
  expect(writes).not.toHaveBeenCalled();
  expect(host.listeners).toBe(before);
  expect(element.childElementCount).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("the window slides, wraps and stops", () => {
  const { button, host, text } = open();
  button("Play").click();
  vi.advanceTimersByTime(300);
  expect(host.get("position")).toEqual([0, 1]);
  vi.advanceTimersByTime(800);
  expect(host.get("position")).toEqual([0, 0]);
  button("Pause").click();
  vi.advanceTimersByTime(1000);
  expect(host.get("position")).toEqual([0, 0]);
  button("‹").click();
  nextFrame();
  expect(text()).toContain("= 233");
  button("›").click();
  nextFrame();
  expect(text()).toContain("= 154");
});

test("turned by 180° the kernel moves there, unless motion is to be reduced", () => {
  const page = open();
  const fields = page.named("Kernel cells");
  expect(fields.hidden).toBe(false);
  page.find("label:last-child > [type=radio]").click();
  nextFrame();
  expect(page.host.get("mode")).toBe("convolution");
  // On its way nothing can be typed into it.
  expect(fields.hidden).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(fields.hidden).toBe(false);
  expect(page.text()).toContain("9·9 + 8·8");
  expect(page.text()).toContain("= 266");
  expect(page.find(".kw-x-notes").textContent).toContain("in[i − m, j − n]");
  page.unmount();
  still = true;
  const quiet = open();
  quiet.set("mode", "convolution");
  expect(quiet.named("Kernel cells").hidden).toBe(false);
});

test("what a flip does is said", () => {
  const { set, find } = open();
  const says = () => find(".kw-x-notes").textContent;
  expect(says()).toContain("another kernel");
  set("kernel", numbers([3, 3], [1, 2, 1, 2, 4, 2, 1, 2, 1]));
  expect(says()).toContain("both modes give one result");
  set("kernel", numbers([3, 3], [-1, 0, 1, -2, 0, 2, -1, 0, 1]));
  expect(says()).toContain("only its sign");
});

test("cells are typed, stepped and left alone by Escape; a turned kernel takes the right one", () => {
  still = true;
  const { host, named, press, set, text } = open({ mode: "convolution" });
  const field = named<HTMLInputElement>("Kernel row 1, column 1");
  expect(field.getAttribute("aria-valuenow")).toBe("9");
  field.value = "-2,5";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  press(field, "Enter");
  expect(read(host.get("kernel"))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, -2.5]);
  expect(text()).toContain("(−2.5)·9");
  press(field, "PageUp");
  expect(read(host.get("kernel"))[8]).toBeGreaterThan(-2.5);
  field.value = "17";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  press(field, "Escape");
  expect(read(host.get("kernel"))[8]).toBeLessThan(0);
  set("padding", 1);
  const input = named<HTMLInputElement>("Input row 2, column 3");
  input.value = "40";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  expect(read(host.get("image"))[6]).toBe(40);
});

test("a cell of a network is edited in the network", () => {
  const live = { layer: "conv1", first: 18, text: "Filter 1 of conv1.", editable: true };
  const { host, named, press, find } = open({ _live: live });
  const field = named<HTMLInputElement>("Kernel row 2, column 1");
  field.value = "0.5";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  press(field, "Enter");
  expect(host.commands("edit")[0]).toMatchObject({ layer: "conv1", cells: [21], values: [0.5] });
  expect(read(host.get("kernel"))).toEqual(KERNEL);
  expect(find(".kw-x-notes").textContent).toContain("Filter 1 of conv1.");
});

test("impossible settings are explained in the place of the output", () => {
  const { set, find, named } = open({ padding: "same" });
  set("stride", 2);
  expect(find(".kw-x-problem").textContent).toContain("give the padding in cells, such as 1");
  expect(find(".kw-x-equation").hidden).toBe(true);
  named<HTMLSelectElement>("Padding").value = "1";
  named("Padding").dispatchEvent(new Event("change", { bubbles: true }));
  nextFrame();
  expect(find(".kw-x-problem").textContent).toBe("");
});

test("settings from Python that no menu offers are shown as they are", () => {
  const { named } = open({ stride: [2, 1], padding: [0, 1], pool: ["max", 1] });
  expect(named<HTMLSelectElement>("Stride").value).toBe("2, 1");
  expect(named<HTMLSelectElement>("Padding").value).toBe("0, 1");
  expect(named<HTMLSelectElement>("Pooling").value).toBe("max 1");
});

test("the kernel grows and shrinks around its middle", () => {
  const { named, host } = open();
  const rows = named<HTMLInputElement>("Kernel rows");
  rows.value = "1";
  rows.dispatchEvent(new Event("change", { bubbles: true }));
  nextFrame();
  expect((host.get("kernel") as { shape: number[] }).shape).toEqual([1, 3]);
  expect(read(host.get("kernel"))).toEqual([4, 5, 6]);
});

test("the copied program is the one on show; what a library cannot do is said", async () => {
  const { button, element, set } = open();
  const items = () => [...element.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  button("Copy code").click();
  items()[0]!.click();
  await Promise.resolve();
  expect(copied).toContain("F.conv2d(image[None], kernels)");
  set("stride", 2);
  set("dilation", 2);
  set("padding", 2);
  button("Copy code").click();
  const keras = items().find((item) => item.textContent!.startsWith("Keras"))!;
  expect(keras.textContent).toContain("no stride above 1");
  expect(keras.getAttribute("aria-disabled")).toBe("true");
});

test("several channels have a map each, and a sum", () => {
  const image = numbers([2, 4, 4], [...PICTURE, ...PICTURE]);
  const kernel = numbers([1, 2, 3, 3], [...KERNEL, ...KERNEL.map((k) => -k)]);
  const { element, text } = open({ image, kernel, bias: 3 });
  expect(element.querySelectorAll(".kw-x-channel")).toHaveLength(2);
  expect(element.querySelector(".kw-x-stage > .kw-x-sign")!.textContent).toBe("Σ + 3 =");
  expect(text()).toMatch(/ \+ 3 = 3$/);
});

test("long sums keep their ends; every position of a signal has its bar", () => {
  const big = numbers([7, 7], new Array(49).fill(1));
  const { text } = open({ image: numbers([8, 8], new Array(64).fill(1)), kernel: big });
  expect(text()).toContain("… 21 more …");
  expect(text()).toContain("= 49");
  const signal = open({
    image: numbers([4], [1, 3, 2, 5]),
    kernel: numbers([2], [1, -1]),
    position: [2],
  });
  expect(signal.text()).toBe("1·2 + (−1)·5 = −3");
  expect(signal.element.querySelector("[data-kw-flat]")).not.toBeNull();
});
