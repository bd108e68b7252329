import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect } from "../../src/model/model";
import { createKernelEditor } from "../../src/views/kernel_editor";
import { mount } from "../../src/views/mount";
import { FakeHost, nextFrame } from "../fake_host";
import { standIn } from "../page";

let host: FakeHost;

/** From now on the host throws, as Jupyter does when a kernel was restarted. */
function lose(): void {
  host.send = () => {
    throw new Error("Cannot send");
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  standIn();
  host = new FakeHost();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("a command to a kernel that is gone is answered at once, and throws nothing", async () => {
  const model = connect(host);
  const told = vi.fn();
  model.onPaint(told);
  nextFrame();
  told.mockClear();
  lose();
  const answer = await model.command({ op: "undo" });
  expect(answer).toMatchObject({ ok: false, error: "the kernel is gone" });
  model.event({ event: "visible", view: "v", parts: [] });
  expect(model.isLost()).toBe(true);
  nextFrame();
  expect(told).toHaveBeenCalledTimes(1);
});

test("a kernel that is found again is no longer lost", () => {
  const model = connect(host);
  const send = host.send;
  lose();
  host.emit("comm_live_update");
  expect(model.isLost()).toBe(true);
  host.send = send;
  host.emit("comm_live_update");
  expect(model.isLost()).toBe(false);
});

test("a view whose kernel is gone keeps its last picture and says so", () => {
  const element = document.createElement("div");
  document.body.append(element);
  const unmount = mount("kernel-editor", createKernelEditor, connect(host), element);
  host.publish([0, 0, 0, 0, 0.25, 0, 0, 0, 0]);
  lose();
  host.emit("comm_live_update");
  nextFrame();
  expect(element.querySelector("[role=alert]")!.textContent).toContain("The kernel is gone");
  const middle = element.querySelectorAll("[role=spinbutton]")[4]!;
  expect(middle.getAttribute("aria-valuenow")).toBe("0.25");
  unmount();
  element.remove();
});

test("the host's own mark says the same", async () => {
  const element = document.createElement("div");
  document.body.append(element);
  const unmount = mount("kernel-editor", createKernelEditor, connect(host), element);
  element.className = "jupyter-widgets-disconnected";
  await Promise.resolve();
  nextFrame();
  expect(element.querySelector("[role=alert]")!.textContent).toContain("The kernel is gone");
  unmount();
  element.remove();
});

test("what a kernel could not be asked for is asked for again when it is back, and then no more", async () => {
  const model = connect(host);
  const send = host.send;
  lose();
  const code = model.handCode();
  host.send = send;
  host.emit("comm_live_update");
  const asked = () => host.sent.filter(({ event }) => event === "want_hand");
  expect(asked()).toHaveLength(1);
  host.emit("msg:custom", { hand: "export default …" });
  expect(await code).toBe("export default …");
  host.emit("comm_live_update");
  expect(asked()).toHaveLength(1);
});
