import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeHost, LAYER, nextFrame, settled } from "./fake_host";
import { packer, publish, publishProbe, standIn } from "./page";

/** As `npm run build` has left it: names in it are short. */
const urlOf = (name: string): string =>
  `data:text/javascript;base64,${readFileSync(`../kernelwidgets/static/${name}.js`, "base64")}`;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("the built Lab paints a frame, takes the hand and speaks the contract", async () => {
  const page = standIn();
  // The page imports the code that it is sent; what stands in for it imports from no blob.
  const code = new Map<Blob, string>();
  vi.stubGlobal("Blob", function (this: Blob, [text]: [string]) {
    code.set(this, text);
  });
  Object.assign(URL, {
    createObjectURL: (blob: Blob) => code.get(blob),
    revokeObjectURL() {},
  });
  const host = new FakeHost({
    _view: "lab",
    labels: true,
    numbers: true,
    rgb: true,
    stage: "before",
  });
  const el = document.createElement("div");
  document.body.append(el);
  const { default: createWidget } = await import(urlOf("live"));
  const widget = createWidget();
  widget.initialize({ model: host });
  const unmount = widget.render({ model: host, el });
  page.showOnScreen(true);
  expect(host.sent.filter(({ event }) => event === "visible").length).toBeGreaterThanOrEqual(4);
  publishProbe(host, [0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 3]);
  const pack = packer();
  const kernels = pack.add(
    Array.from({ length: 36 }, (_, i) => i / 36),
    LAYER.shape,
  );
  const steps = pack.add([1, 2], [2]);
  publish(host, pack, {
    kernels: {
      layer: "conv1",
      show: "weight",
      outs: [0, 1],
      ins: [0, 2],
      limit: 1,
      note: "",
      values: kernels,
      biases: null,
    },
    curves: [{ name: "loss", steps, low: steps, high: steps, last: 2, nonfinite: 0 }],
    answers: [[{ label: "seven", share: 0.9 }]],
    selected: {
      layer: "conv1",
      kernel: [0, 0],
      values: { ...kernels, shape: [3, 3] },
      limit: 1,
      bias: null,
      frozen: [],
      bias_frozen: false,
      muted: false,
    },
  });
  expect(el.querySelector("[role=alert]")!.textContent).toBe("");
  const words = [...el.querySelectorAll("canvas")].map((one) => one.getAttribute("aria-label"));
  expect(words.join()).toContain(
    "The weights, conv1: 2 filters × 2 inputs of 3×3, colors from −1 to 1",
  );
  const cells = [...el.querySelectorAll<HTMLElement>("[role=spinbutton]")];
  expect(cells[1]!.getAttribute("aria-valuenow")).toBe("0.0277778");
  expect(cells[1]!.getAttribute("aria-readonly")).toBe("true");
  expect(host.sent.filter(({ event }) => event === "want_hand")).toHaveLength(1);
  host.emit("msg:custom", { hand: urlOf("hand") });
  await vi.waitFor(() => {
    nextFrame();
    expect(cells[1]!.getAttribute("aria-readonly")).toBe(null);
  });
  const named = [...el.querySelectorAll("button")].map(
    (one) => one.getAttribute("aria-label") ?? one.textContent,
  );
  for (const tool of ["Undo", "Presets", "Flip left–right", "Freeze cell", "Mute filter"]) {
    expect(named).toContain(tool);
  }
  cells[1]!.focus();
  for (const key of ["5", "Enter"]) {
    cells[1]!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  }
  [...el.querySelectorAll("button")].find((one) => one.textContent === "Start")!.click();
  await settled();
  expect(host.commands()).toMatchObject([
    { op: "edit", layer: "conv1", parameter: "weight", cells: [1], values: [5] },
    { op: "start" },
  ]);
  unmount();
  nextFrame();
  expect(el.childElementCount).toBe(0);
  el.remove();
});
