import { afterEach, beforeEach, expect, test, vi } from "vitest";
import createWidget from "../../src/gradient";
import { FakeHost, nextFrame } from "../fake_host";
import { standIn } from "../page";
import { packed } from "./packed";

let still = false;

beforeEach(() => {
  vi.useFakeTimers();
  standIn(1000);
  still = false;
  vi.stubGlobal("matchMedia", () => ({
    matches: still,
    addEventListener() {},
    removeEventListener() {},
  }));
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const TWO = {
  size: [2, 2],
  inputs: [
    [3, 3],
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0],
  ] as [number[], number[]],
  outputs: [
    [2, 2],
    [1, 0, 0, 2, 3, 0, 0, 0],
  ] as [number[], number[]],
  weight: [1, 2, 3, 4],
  samples: ["cat", "dog"],
};

function open(state: Record<string, unknown> = {}) {
  const { header, bytes } = packed(TWO);
  const host = new FakeHost({
    _layers: [
      { name: "conv1", outs: 3, ins: 2 },
      { name: "conv2", outs: 1, ins: 1 },
    ],
    _gradient: header,
    _data: bytes,
    _rate: 0.1,
    _by_hand: true,
    _message: "",
    layer: "conv1",
    kernel: [0, 0],
    sample: "all",
    cell: [0, 0],
    learning_rate: null,
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
  const button = (text: string) =>
    [...element.querySelectorAll<HTMLElement>("button")].find((b) => b.textContent === text)!;
  const press = (key: string) => {
    find('[aria-label^="Gradient of the kernel: arrow"]').dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
    );
    nextFrame();
  };
  const sum = () => find("[data-kw-sum]").textContent;
  const set = (name: string, value: unknown) => {
    host.set(name, value);
    nextFrame();
  };
  const spoken = () => {
    vi.advanceTimersByTime(400);
    return find("[aria-live=polite]").textContent;
  };
  return { host, element, find, button, press, sum, set, spoken, unmount, before };
}

test("a mounted view writes nothing and leaves nothing behind", () => {
  const { host, element, unmount, before } = open();
  expect(host.commands()).toEqual([]);
  expect(host.state.cell).toEqual([0, 0]);
  unmount();
  expect(element.children.length).toBe(0);
  expect(host.listeners).toBe(before);
});

test("the gradient of a cell is the sum of what samples add, and theirs of products", () => {
  const { host, sum, set, find, button } = open();
  expect(sum()).toBe("11 + 0 = 11");
  set("cell", [1, 1]);
  expect(sum()).toBe("23 + 3 = 26");
  button("23").click();
  nextFrame();
  expect(host.state.sample).toBe(0);
  expect(sum()).toBe("5·1 + 6·0 + 8·0 + 9·2 = 23");
  expect(find("[data-kw-loss]").textContent).toBe("Loss 0.5 on the probe pictures, after step 7");
  expect(find("[data-kw-gallery=output] canvas").getAttribute("aria-label")).toContain(
    "Gradient of the output, sample 1 (cat)",
  );
});

test("keys walk through the cells, and screen readers hear the sum", () => {
  const { host, press, spoken } = open();
  press("ArrowRight");
  expect(host.state.cell).toEqual([0, 1]);
  expect(spoken()).toBe("Gradient of row 1, column 2: 14.0: the sum of 2 × 4 products");
  press("ArrowRight");
  expect(host.state.cell).toEqual([0, 1]);
  press("ArrowDown");
  press("ArrowDown");
  expect(host.state.cell).toEqual([1, 1]);
  press("Home");
  expect(host.state.cell).toEqual([0, 0]);
  press("End");
  expect(host.state.cell).toEqual([1, 1]);
});

test("a step is written into the network, and what it did is said", async () => {
  const { host, find, button, set, spoken } = open();
  host.slow = true;
  expect(find("[data-kw-new]").textContent).toBe("1.0000 − 0.1 · 11.0 = −0.1000");
  button("Take this step").click();
  const [command] = host.commands("edit");
  expect(command).toMatchObject({ layer: "conv1", cells: [18, 19, 20, 21] });
  const { values } = command as unknown as { values: number[] };
  expect(values.map((value) => Number(value.toFixed(6)))).toEqual([-0.1, 0.6, 1, 1.4]);
  await host.answer(command);
  const { header, bytes } = packed({ ...TWO, weight: values, loss: 0.25 });
  host.state._data = bytes;
  set("_gradient", header);
  expect(spoken()).toBe("Loss 0.5 → 0.25");
  button("Undo").click();
  expect(host.commands("undo").length).toBe(1);
  await host.answer(host.commands("undo")[0], "nothing to undo");
  expect(spoken()).toBe("nothing to undo");
});

test("the learning rate is the optimizer's until a hand sets it", () => {
  const { host, find, button, set } = open();
  const rate = find<HTMLInputElement>("input[step=any]");
  expect(rate.value).toBe("0.1");
  button("× 2").click();
  nextFrame();
  expect(host.state.learning_rate).toBe(0.2);
  expect(rate.value).toBe("0.2");
  rate.value = "";
  rate.dispatchEvent(new Event("change"));
  expect(host.state.learning_rate).toBeNull();
  set("_rate", null);
  expect(rate.value).toBe("0.1");
});

test("while training runs no step is taken by hand", () => {
  const { host, element, button } = open({ _by_hand: false });
  button("Take this step").click();
  expect(host.commands()).toEqual([]);
  expect(element.textContent).toContain("pause it to take one by hand");
});

test("the step plays cell by cell, and stops", () => {
  const { host, button } = open();
  button("Play").click();
  nextFrame();
  expect(host.state.cell).toEqual([0, 0]);
  vi.advanceTimersByTime(750);
  expect(host.state.cell).toEqual([0, 1]);
  button("Pause").click();
  nextFrame();
  vi.advanceTimersByTime(5000);
  expect(host.state.cell).toEqual([0, 1]);
  button("›").click();
  expect(host.state.cell).toEqual([1, 0]);
  button("‹").click();
  expect(host.state.cell).toEqual([0, 1]);
  button("Play").click();
  vi.advanceTimersByTime(5000);
  expect(host.state.cell).toEqual([1, 1]);
  expect(button("Play")).toBeTruthy();
});

test("with reduced motion the whole step is there at once", () => {
  still = true;
  const { host, button } = open();
  button("Play").click();
  nextFrame();
  expect(host.state.cell).toEqual([1, 1]);
  expect(button("Play")).toBeTruthy();
});

test("what is missing is said, and controls stay", () => {
  const { header, bytes } = packed(TWO);
  const { element, find } = open({
    _gradient: { ...header, shares: null, missing: "there is no loss" },
    _data: bytes,
  });
  expect(find("[role=status]").textContent).toBe("There is no gradient: there is no loss");
  expect(element.querySelectorAll("canvas").length).toBe(3 + 1);
  expect([...element.querySelectorAll("canvas")].every((c) => c.closest("[hidden]"))).toBe(true);
  expect(find<HTMLSelectElement>("[aria-label=Layer]").value).toBe("conv1");
});

test("layer, kernel and sample are chosen in the page", () => {
  const { host, find } = open();
  const choose = (label: string, value: string) => {
    const control = find<HTMLSelectElement>(`[aria-label=${label}]`);
    control.value = value;
    control.dispatchEvent(new Event("change"));
  };
  choose("Layer", "conv2");
  expect(host.state.layer).toBe("conv2");
  choose("Samples", "1");
  expect(host.state.sample).toBe(1);
  const filter = find<HTMLInputElement>("input[type=number]");
  filter.value = "2";
  filter.dispatchEvent(new Event("change"));
  expect(host.state.kernel).toEqual([2, 0]);
});

test("too large to be shown at once: a sample is asked for", () => {
  const { header, bytes } = packed(TWO);
  const { element, find } = open({
    _gradient: { ...header, shown: [], inputs: null, outputs: null },
    _data: bytes,
  });
  expect(element.textContent).toContain("choose a sample");
  expect(find("[data-kw-gallery=input]").hidden).toBe(true);
});

test("another use of the weight is a term of its own", () => {
  const { header, bytes } = packed({ ...TWO, rest: [0.5, 0, 0, 0] });
  const { sum } = open({ _gradient: header, _data: bytes });
  expect(sum()).toBe("11 + 0 + 0.5 from elsewhere = 11.5");
});
