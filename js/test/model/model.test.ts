import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect } from "../../src/model/model";
import { FakeHost, nextFrame } from "../fake_host";
import { packer, publish, publishProbe } from "../page";

let host: FakeHost;
beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});
afterEach(() => void vi.useRealTimers());
const acks = (): unknown[] => host.sent.filter((message) => message.event === "ack");

test("a frame painted by several views is acknowledged once", () => {
  const model = connect(host);
  const painted: string[] = [];
  model.onPaint(() => painted.push("a"));
  model.onPaint(() => painted.push("b"));
  publish(host, packer(), {});
  expect(painted).toEqual(["a", "b"]);
  expect(acks()).toHaveLength(1);
  model.onPaint(() => painted.push("late"));
  nextFrame();
  expect(painted).toContain("late");
  expect(acks()).toHaveLength(1);
});

test("of two frames within one display frame, the newer is painted and acknowledged", () => {
  const model = connect(host);
  const steps: number[] = [];
  model.onPaint(() => steps.push(model.frame!.header.step));
  for (const step of [1, 2]) {
    host.state._data = packer().bytes();
    host.state._frame = { seq: step, step };
    host.emit("change:_frame");
  }
  nextFrame();
  expect(steps).toEqual([2]);
  expect(acks()).toEqual([{ event: "ack", seq: 2, painted: 1 }]);
});

test("frames painted in quick succession are acknowledged together, the first of them at once", () => {
  connect(host).onPaint(() => {});
  for (const seq of [1, 2, 3]) {
    host.state._data = packer().bytes();
    host.state._frame = { seq, step: seq };
    host.emit("change:_frame");
    vi.advanceTimersByTime(17);
  }
  expect(acks()).toEqual([{ event: "ack", seq: 1, painted: 1 }]);
  vi.advanceTimersByTime(50);
  expect(acks().slice(1)).toEqual([{ event: "ack", seq: 3, painted: 2 }]);
  vi.advanceTimersByTime(200);
  expect(acks()).toHaveLength(2);
});

test("without a painter nothing is acknowledged", () => {
  const stop = connect(host).onPaint(() => {});
  stop();
  publish(host, packer(), {});
  expect(acks()).toEqual([]);
});

test("an array is decoded once, whoever asks", () => {
  const model = connect(host);
  const pack = packer();
  const values = pack.add([1, 2], [2]);
  publish(host, pack, {});
  expect(Array.from(model.frame!.array(values).data)).toEqual([1, 2]);
  expect(model.frame!.array(values)).toBe(model.frame!.array(values));
});

test("controls set many times within a display frame are saved and painted once", () => {
  const save = vi.spyOn(host, "save_changes");
  const model = connect(host);
  const painted = vi.fn();
  const stop = model.onPaint(painted);
  for (let i = 0; i < 5; i++) model.set("selected", [i, 0]);
  expect(model.get("selected")).toEqual([4, 0]);
  expect(save).not.toHaveBeenCalled();
  nextFrame();
  expect(save).toHaveBeenCalledTimes(1);
  expect(painted).toHaveBeenCalledTimes(1);
  stop();
  model.set("selected", [0, 0]);
  nextFrame();
  expect(painted).toHaveBeenCalledTimes(1);
});

test("every trait that was read is painted when it changes, from whichever side", () => {
  const model = connect(host);
  const before = host.listeners;
  const names = ["_status", "_info", "palette", "layer", "present"] as const;
  const painted = vi.fn(() => {
    for (const name of names) model.get(name);
    return model.probe;
  });
  const stop = model.onPaint(painted);
  nextFrame();
  for (const name of [...names, "_probe", "_probe_data"]) {
    painted.mockClear();
    host.set(name, null);
    nextFrame();
    expect(painted, name).toHaveBeenCalledTimes(1);
  }
  stop();
  expect(host.listeners).toBe(before);
});

test("each command gets its own answer", async () => {
  host.slow = true;
  const model = connect(host);
  const undo = model.command({ op: "undo" });
  const redo = model.command({ op: "redo" });
  const [first, second] = host.commands();
  expect(first!.id).not.toBe(second!.id);
  await host.answer(second, "nothing to redo");
  await host.answer(first, "", 12);
  expect(await undo).toMatchObject({ ok: true, moment: 12 });
  expect(await redo).toMatchObject({ ok: false, error: "nothing to redo" });
});

test("silence is an answer, too", async () => {
  host.slow = true;
  const answer = connect(host).command({ op: "undo" });
  vi.advanceTimersByTime(6000);
  expect(await answer).toMatchObject({ ok: false });
  await host.answer(host.commands()[0]);
});

test("another picture with the same header is a change of the probe", () => {
  const model = connect(host);
  const painted = vi.fn();
  model.onPaint(painted);
  publishProbe(host, [0, 1], [1, 1, 2]);
  expect(Array.from(model.probe!.data)).toEqual([0, 1]);
  expect(model.probe).toBe(model.probe);
  painted.mockClear();
  host.state._probe_data = new DataView(Float32Array.from([1, 0]).buffer);
  host.emit("change:_probe_data");
  nextFrame();
  expect(Array.from(model.probe!.data)).toEqual([1, 0]);
  expect(painted).toHaveBeenCalledTimes(1);
});
