import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLab } from "../../src/views/lab";
import { createLossCurve } from "../../src/views/loss_curve";
import type { View } from "../../src/views/view";
import { FakeHost, fakeContext, LAYER, nextFrame } from "../fake_host";
import { packer, publish, standIn, stateOf } from "../page";

const SECOND = { ...LAYER, name: "conv2", names: ["conv2"], reads_image: false };

let host: FakeHost;
let view: View;
let context: ReturnType<typeof fakeContext>;

function open(create: typeof createLab, state: Record<string, unknown> = {}): void {
  host = new FakeHost({ ...stateOf([LAYER, SECOND]), _view: "lab", ...state });
  context = fakeContext(host);
  view = create(context);
  document.body.append(view.node);
  nextFrame();
}
const radio = (text: string): HTMLInputElement =>
  [...view.node.querySelectorAll<HTMLInputElement>("[type=radio]")].find((one) =>
    one.parentElement!.textContent.startsWith(text),
  )!;
const button = (text: string): HTMLElement =>
  [...view.node.querySelectorAll("button")].find((one) => one.textContent === text)!;
function publishLoss(steps: number[], values: number[], ...logged: string[]): void {
  const pack = packer();
  const array = pack.add(values, [values.length]);
  const at = pack.add(steps, [steps.length]);
  const common = { steps: at, low: array, high: array, last: values.at(-1)!, nonfinite: 2 };
  const names = logged.length ? logged : ["loss"];
  publish(host, pack, { curves: names.map((name) => ({ ...common, name })) });
}

beforeEach(() => {
  vi.useFakeTimers();
  standIn();
});
afterEach(() => {
  context.destroy();
  view.node.remove();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("the Lab holds every view once, and sends nothing by itself", () => {
  open(createLab);
  vi.advanceTimersByTime(3000);
  for (const label of ["Training", "Kernels", "Kernel editor", "Feature maps", "Loss"]) {
    expect(view.node.querySelectorAll(`[aria-label="${label}"]`), label).toHaveLength(1);
  }
  expect(host.commands()).toEqual([]);
});

test("the layers are chosen in words; their first kernel is then selected", () => {
  open(createLab, { selected: [1, 1] });
  expect(radio("conv1").parentElement!.textContent).toBe("conv1: 2 filters 3×3");
  expect(radio("conv1").checked).toBe(true);
  radio("conv2").click();
  expect(host.state).toMatchObject({ layer: "conv2", selected: [0, 0] });
  host.set("layer", "conv1");
  nextFrame();
  expect(radio("conv1").checked).toBe(true);
});

test("many layers become a list", () => {
  const layers = Array.from({ length: 20 }, (_, i) => ({ ...LAYER, name: `features.${i}` }));
  open(createLab, stateOf(layers));
  const select = view.node.querySelector<HTMLSelectElement>('select[aria-label="Layer"]')!;
  expect(select.options).toHaveLength(20);
  select.value = "features.7";
  select.dispatchEvent(new Event("change"));
  expect(host.state.layer).toBe("features.7");
});

test("what the network is can be read, where there is something to read", () => {
  open(createLab, stateOf([LAYER], { about: "Not a classifier." }));
  button("About").click();
  expect(view.node.querySelector("[role=dialog]")!.textContent).toBe("Not a classifier.");
  host.set("_info", { ...(host.state._info as object), about: "" });
  nextFrame();
  expect(button("About").closest<HTMLElement>(".kw-popover-anchor")!.hidden).toBe(true);
});

test("Present is a control like any other", () => {
  open(createLab, { present: false });
  button("Present").click();
  nextFrame();
  expect(host.state.present).toBe(true);
  expect(button("Present").getAttribute("aria-pressed")).toBe("true");
});

test("parts that stay empty are not shown where nothing runs", () => {
  const part = (label: string): HTMLElement =>
    view.node.querySelector(`[aria-label="${label}"]`)!.closest<HTMLElement>(".kw-lab-part")!;
  const shown = (): boolean[] => ["Feature maps", "Loss"].map((label) => !part(label).hidden);
  open(createLab, { _info: stateOf([LAYER], { verbs: ["edit"], samples: [] })._info });
  expect(shown()).toEqual([false, false]);
  publishLoss([1, 2], [0.5, 0.25]);
  expect(shown()).toEqual([false, true]);
  host.set("_info", stateOf([LAYER], { verbs: ["edit"], samples: ["seven"] })._info);
  nextFrame();
  expect(shown()).toEqual([true, true]);
  context.destroy();
  view.node.remove();
  open(createLab, { _info: stateOf([LAYER], { verbs: ["pause"], samples: [] })._info });
  expect(shown()).toEqual([true, true]);
});

test("the Lab leaves nothing behind", () => {
  const bare = new FakeHost();
  fakeContext(bare);
  open(createLab);
  publishLoss([0, 1], [1, 0.5]);
  context.destroy();
  expect(host.listeners).toBe(bare.listeners);
  vi.advanceTimersByTime(10_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("an empty loss curve shows the line that fills it", () => {
  open(createLossCurve);
  publish(host, packer(), { curves: [] });
  expect(view.node.querySelector("code")!.textContent).toBe("live.log(loss=loss)");
  expect(view.node.querySelector<HTMLElement>(".kw-empty")!.hidden).toBe(false);
  publishLoss([0, 10], [2, 1]);
  expect(view.node.querySelector<HTMLElement>(".kw-empty")!.hidden).toBe(true);
});

test("curves are said in words, lost values counted", () => {
  open(createLossCurve);
  publishLoss([0, 10], [2, 1]);
  vi.advanceTimersByTime(1100);
  expect(view.node.querySelector("canvas")!.getAttribute("aria-label")).toBe(
    "Curves over training steps: loss from 2.00 at step 0 to 1.00.",
  );
  expect(view.node.querySelector(".kw-legend")!.textContent).toBe("loss 1.00, 2 not finite");
});

test("the logarithmic scale is a control", () => {
  open(createLossCurve, { logarithmic: false });
  publishLoss([0, 10], [2, 1]);
  view.node.querySelector<HTMLElement>("button")!.click();
  nextFrame();
  expect(host.state.logarithmic).toBe(true);
  expect(view.node.querySelector("button")!.getAttribute("aria-pressed")).toBe("true");
});

test("several runs stay in their order, the value that is trained on comes first", () => {
  open(createLossCurve);
  const named = (): string[] =>
    [...view.node.querySelectorAll(".kw-legend > span")].map((one) => one.textContent!);
  publishLoss([1, 2], [0.5, 0.6], "test loss", "loss");
  expect(named().map((text) => text.split(" 0.")[0])).toEqual(["loss", "test loss"]);
  publishLoss([1, 2], [0.5, 0.6], "longer: accuracy", "short: accuracy");
  expect(named().map((text) => text.split(":")[0])).toEqual(["longer", "short"]);
  // Shares are drawn on an axis of their own, which has no logarithm.
  expect(button("Log").hidden).toBe(true);
});
