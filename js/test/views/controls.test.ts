import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createControls } from "../../src/views/controls";
import type { View } from "../../src/views/view";
import { FakeHost, fakeContext, nextFrame, STATUS, settled } from "../fake_host";

let host: FakeHost;
let view: View;
let context: ReturnType<typeof fakeContext>;

function open(state: Record<string, unknown> = {}): void {
  host = new FakeHost(state);
  context = fakeContext(host);
  view = createControls(context);
  document.body.append(view.node);
  nextFrame();
}
const button = (name: string): HTMLElement | undefined =>
  [...view.node.querySelectorAll("button")].find(
    (one) => (one.getAttribute("aria-label") ?? one.textContent) === name,
  );
const slider = (name: string): HTMLInputElement =>
  view.node.querySelector<HTMLInputElement>(`input[aria-label="${name}"]`)!;
const status = (facts: Partial<typeof STATUS>): void => {
  host.set("_status", { ...STATUS, ...facts });
  nextFrame();
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  context.destroy();
  view.node.remove();
  vi.useRealTimers();
});

test("mounted controls send nothing", () => {
  open();
  status({ step: 8 });
  vi.advanceTimersByTime(3000);
  expect(host.sent).toEqual([]);
});

test("one button starts and pauses, and says which", () => {
  open();
  button("Start")!.click();
  expect(host.commands()).toMatchObject([{ op: "start" }]);
  status({ state: "running", text: "Running" });
  expect(button("Start")).toBeUndefined();
  button("Pause")!.click();
  expect(host.commands().at(-1)).toMatchObject({ op: "pause" });
});

test("steps, restart and a new seed are commands", () => {
  open();
  for (const name of ["Step ×1", "Step ×10", "Step ×100", "Restart (same start)", "New seed"]) {
    button(name)!.click();
  }
  expect(host.commands().map(({ id: _, ...command }) => command)).toEqual([
    { op: "step", count: 1 },
    { op: "step", count: 10 },
    { op: "step", count: 100 },
    { op: "restart" },
    { op: "restart", new_seed: true },
  ]);
});

test("the speed ends in max; a display frame carries one command, the last value", async () => {
  open();
  const speed = slider("Speed");
  expect(speed.getAttribute("aria-valuetext")).toBe("max");
  for (const position of [400, 500, 1000, 475]) {
    speed.value = String(position);
    speed.dispatchEvent(new Event("input"));
  }
  nextFrame();
  expect(host.commands()).toMatchObject([{ op: "set_speed", max_steps_per_s: 32 }]);
  await settled();
  speed.value = "1000";
  speed.dispatchEvent(new Event("input"));
  nextFrame();
  expect(host.commands().at(-1)).toMatchObject({ op: "set_speed", max_steps_per_s: null });
});

test("the learning rate follows the network, but not from under the hand", async () => {
  open();
  host.slow = true;
  const rate = slider("Learning rate");
  expect(rate.getAttribute("aria-valuetext")).toBe("0.010");
  rate.value = "1000";
  rate.dispatchEvent(new Event("input"));
  rate.dispatchEvent(new Event("change"));
  nextFrame();
  expect(host.commands()).toMatchObject([{ op: "set_learning_rate", learning_rate: 1 }]);
  status({ learning_rate: 0.01 });
  expect(rate.value).toBe("1000");
  for (const value of ["900", "800"]) {
    rate.value = value;
    rate.dispatchEvent(new Event("input"));
    nextFrame();
  }
  rate.dispatchEvent(new Event("change"));
  expect(host.commands()).toHaveLength(1);
  await host.answer(host.commands()[0]);
  nextFrame();
  expect(host.commands().slice(1)).toMatchObject([{ learning_rate: 0.1 }]);
  await host.answer(host.commands()[1]);
  status({ learning_rate: 0.5 });
  expect(rate.getAttribute("aria-valuetext")).toBe("0.50");
});

test("how it goes stands there in words", () => {
  open();
  status({
    state: "failed",
    text: "failed after 320 steps",
    error: "ValueError: no data.",
    hint: "Restart it.",
    step: 320,
    cost_text: "watching costs 0.7 %",
    score_text: "test accuracy 98.2 → 91.0 %",
  });
  const text = view.node.textContent;
  for (const words of [
    "failed after 320 steps",
    "costs 0.7 %",
    "98.2 → 91.0",
    "no data. Restart it.",
  ]) {
    expect(text).toContain(words);
  }
});

test("a refusal is said in words", async () => {
  open();
  host.slow = true;
  button("Start")!.click();
  await host.answer(host.commands()[0], "nothing to run");
  expect(context.announced).toEqual(["Not done: nothing to run"]);
});

test("what a source cannot do has no control", () => {
  open({ _info: { ...(new FakeHost().state._info as object), verbs: ["start", "pause"] } });
  expect(button("Start")!.hidden).toBe(false);
  expect(button("New seed")!.hidden).toBe(true);
  expect(button("Step ×10")!.closest<HTMLElement>("[role=group]")!.hidden).toBe(true);
  expect(slider("Speed").closest("label")!.hidden).toBe(true);
});

test("destroyed, it leaves no listener behind", () => {
  const bare = new FakeHost();
  fakeContext(bare);
  open();
  context.destroy();
  status({ text: "said too late" });
  expect(view.node.textContent).not.toContain("said too late");
  expect(host.listeners).toBe(bare.listeners);
  expect(vi.getTimerCount()).toBe(0);
});
