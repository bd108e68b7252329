import { afterEach, expect, test, vi } from "vitest";
import type { FrameHeader, LayerInfo, Names, Status, Timeline } from "../../src/generated/schema";
import { correlate, pad, plane } from "../../src/lib/convolution";
import { decodeArray } from "../../src/model/arrays";
import type { HostModel } from "../../src/model/host";
import { connect } from "../../src/model/model";
import { createStaticHost } from "../../src/model/static_host";
import { createReplayHost } from "../../src/replay/host";
import { openTape } from "../../src/replay/tape";
import { ask, playing, see, stored, view } from "./tape";

afterEach(() => void vi.restoreAllMocks());

const weights = (host: HostModel): number[] => {
  const { kernels } = host.get("_frame") as FrameHeader;
  return [...decodeArray(kernels!.values!, host.get("_data") as DataView).data];
};
const status = (host: HostModel): Status => host.get("_status") as Status;

test("a moved play head shows the last frame up to there, and says so", async () => {
  const { host, header } = await playing();
  const told: string[] = [];
  host.on("change:_frame", () => told.push("frame"));
  expect(header().step).toBe(207);
  host.set("at", 62);
  expect(header().step).toBe(60);
  expect(status(host).text).toBe("step 60 of 207");
  expect(told.length).toBeGreaterThan(0);
  expect(host.get("_timeline")).toMatchObject({ first: 0, last: 207 } satisfies Partial<Timeline>);
});

test("an edit lies over what was recorded, can be undone and redone, and goes when the head moves", async () => {
  const { host } = await playing({ at: 60 });
  const before = weights(host);
  const edit = { op: "edit", layer: "conv1", cells: [3, 4], values: [0.5, -2] };
  const { ok, moment } = await ask(host, edit);
  expect(ok).toBe(true);
  expect((host.get("_frame") as FrameHeader).moment).toBeGreaterThan(moment);
  expect(weights(host).slice(3, 5)).toEqual([0.5, -2]);
  expect(weights(host)[5]).toBe(before[5]);
  // Colors reach as far as the hand.
  expect((host.get("_frame") as FrameHeader).kernels!.limit).toBe(2);
  expect(status(host)).toMatchObject({ undo: 1, redo: 0 });
  await ask(host, { op: "undo" });
  expect(weights(host)).toEqual(before);
  await ask(host, { op: "redo" });
  expect(weights(host)[4]).toBe(-2);
  await ask(host, { op: "revert", layer: "conv1", cells: [4] });
  expect(weights(host)[4]).toBeCloseTo(before[4]!, 6);
  expect(weights(host)[3]).toBe(0.5);
  host.set("at", 63);
  host.set("at", 60);
  expect(weights(host)).toEqual(before);
  expect(status(host)).toMatchObject({ undo: 0, redo: 0 });
});

test("one gesture is one undo step, and colors stand still under the hand", async () => {
  const { host, header } = await playing({ at: 60 });
  const limit = header().kernels!.limit;
  const before = weights(host);
  for (const value of [1, 2, 3]) {
    const cells = [value === 3 ? 1 : 0];
    await ask(host, {
      op: "edit",
      layer: "conv1",
      cells,
      values: [value],
      gesture: "g",
      hold: true,
    });
  }
  expect(header().kernels!.limit).toBe(limit);
  await ask(host, { op: "release", gesture: "g" });
  expect(header().kernels!.limit).toBe(5);
  expect(weights(host).slice(0, 2)).toEqual([2, 3]);
  await ask(host, { op: "undo" });
  expect(weights(host)).toEqual(before);
});

test("the bias is edited, too", async () => {
  const { host, header } = await playing({ at: 60, selected: [2, 0] });
  await ask(host, { op: "edit", layer: "conv1", parameter: "bias", cells: [2], values: [0.75] });
  expect(header().selected!.bias).toBe(0.75);
});

test("kernels bear the names of their moment, gray once they were changed here", async () => {
  const { host } = await playing({ at: 60, layer: "conv2", labels: true });
  const names = () => host.get("_names") as Names;
  expect(names().step).toBeLessThanOrEqual(60);
  expect(names()).toMatchObject({ layer: "conv2", color: false, stale: [] });
  await ask(host, { op: "edit", layer: "conv2", cells: [9 * 5 + 2], values: [1] });
  expect(names().stale).toEqual([5]);
  host.set("layer", "conv1");
  await vi.waitFor(() => expect((host.get("_frame") as FrameHeader).kernels!.layer).toBe("conv1"));
  expect(names().color).toBe(true);
  await ask(host, { op: "edit", layer: "conv1", cells: [27 * 3 + 26], values: [1] });
  expect(names().stale).toEqual([3]);
  host.set("labels", false);
  expect(names()).toBeNull();
});

test("filters are sorted and chosen by family", async () => {
  const { host } = await playing({ at: 60, layer: "conv1", sort: "family" });
  const { words, names } = stored.header.names.findLast(
    ({ layer, step }) => layer === "conv1" && step <= 60,
  )!;
  const order = host.get("_order") as number[];
  const ranks = order.map((out) => names[out]!);
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  const family = words[names[0]!]!.split(" ").at(-1) || "unstructured";
  host.set("family", family);
  const chosen = host.get("_order") as number[];
  expect(chosen).toContain(0);
  host.set("family", "checkerboard");
  host.set("only", [0]);
  expect(host.get("_order")).toEqual([]);
  expect((host.get("_frame") as FrameHeader).kernels!.note).toContain("No filter");
});

test("what needs a network is refused in words", async () => {
  const { host } = await playing();
  expect(await ask(host, { op: "start" })).toMatchObject({ ok: false });
  expect((await ask(host, { op: "undo" })).error).toBe("nothing to undo");
});

test("maps of the layer that reads the picture are computed of the kernels as they are", async () => {
  const { host, header } = await playing({ at: 60, sample: 1 }, ["maps", "probe", "kernels"]);
  const layer = stored.header.info.layers[0] as LayerInfo;
  const read = () => decodeArray(header().maps!.values!, host.get("_data") as DataView);
  const probe = decodeArray(
    (host.get("_probe") as { values: never }).values,
    host.get("_probe_data") as DataView,
  );
  const { kernels } = header();
  const values = weights(host);
  const bias = decodeArray(kernels!.biases!, host.get("_data") as DataView).data;
  const out = 2;
  const sum = new Float64Array(6 * 6).fill(bias[out]!);
  for (let input = 0; input < 3; input++) {
    correlate(
      pad(plane(probe.data, [6, 7], input * 42), layer),
      plane(values, [3, 3], (out * 3 + input) * 9),
      layer,
      sum,
    );
  }
  expect(read().shape).toEqual([4, 6, 6]);
  // Maps are made as there is time.
  await vi.waitFor(() => {
    const map = read().data.subarray(out * 36, (out + 1) * 36);
    for (const [i, value] of map.entries()) expect(value).toBeCloseTo(sum[i]!, 4);
    expect(read().data.every((value) => value !== 0)).toBe(true);
  });
  const before = [...read().data];
  await ask(host, { op: "edit", layer: "conv1", cells: [0], values: [1] });
  await vi.waitFor(() => expect([...read().data]).not.toEqual(before));
  expect([...read().data].slice(36)).toEqual(before.slice(36));
});

test("a picture from the page takes the place of a recorded one", async () => {
  const { host } = await playing({ at: 60 }, ["probe"]);
  const pixels = Array.from({ length: 6 * 7 * 3 }, (_, i) => (i % 3 === 1 ? 1 : 0));
  const answer = await ask(host, {
    op: "set_probe",
    sample: 0,
    sample_name: "drawn",
    size: [6, 7, 3],
    pixels,
  });
  expect(answer.ok).toBe(true);
  const header = host.get("_probe") as { values: never };
  const { data } = decodeArray(header.values, host.get("_probe_data") as DataView);
  expect([data[0], data[42], data[84]]).toEqual([0, 1, 0]);
  expect((host.get("_info") as { samples: string[] }).samples).toEqual(["drawn", "noise"]);
});

test("a file is drawn by Python, where there is one; all else stays in the page", async () => {
  const { host, base } = await playing();
  const sent = vi.spyOn(base, "send");
  host.send({ event: "want_gif", step: 60 });
  host.send({ event: "ack", seq: 1, painted: 1 });
  await ask(host, { op: "undo" });
  expect(sent.mock.calls).toEqual([[{ event: "want_gif", step: 60 }]]);
});

test("only what is in sight is put into a frame", async () => {
  const { host, header } = await playing({}, ["selected"]);
  expect(header()).toMatchObject({ kernels: null, maps: null, curves: null });
  expect(header().selected).not.toBeNull();
  see(host, ["curves"]);
  expect(header()).toMatchObject({ selected: null });
  expect(header().curves!.map(({ name }) => name)).toEqual(["loss"]);
});

test("time passes while something is in sight, and stops at the end", async () => {
  vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "performance"] });
  const { host, base, header } = await playing({ at: 0, speed: 4 });
  const saved = vi.spyOn(base, "save_changes");
  host.set("playing", true);
  vi.advanceTimersByTime(1000);
  const somewhere = header().step;
  expect(somewhere).toBeGreaterThan(0);
  expect(host.get("at")).toBe(somewhere);
  // Python hears of it when somebody does something, not with every frame.
  expect(saved).not.toHaveBeenCalled();
  see(host, []);
  vi.advanceTimersByTime(1000);
  expect(host.get("at")).toBe(somewhere);
  see(host, ["kernels"]);
  vi.advanceTimersByTime(5000);
  expect(host.get("at")).toBe(207);
  expect(host.get("playing")).toBe(false);
  expect(saved).toHaveBeenCalled();
  host.set("playing", true);
  expect(header().step).toBeLessThan(207);
  host.set("loop", true);
  vi.advanceTimersByTime(20_000);
  expect(host.get("playing")).toBe(true);
  host.set("playing", false);
  vi.useRealTimers();
});

test("blocks are asked for ahead of the play head, each once, and what is missing is said", async () => {
  const { header, data } = stored;
  const all = view(data);
  const asked: string[] = [];
  const part = (start: number, end: number) =>
    new Uint8Array(all.buffer, all.byteOffset + start, end - start);
  const tape = openTape(header, part(0, header.still), async (track, block) => {
    asked.push(`${track}-${block}`);
    if (track === 1) throw new Error("gone");
    return part(...(header.tracks[track]!.blocks[block] as [number, number]));
  });
  const base = createStaticHost({ layer: "conv1", selected: [0, 0], at: 0 });
  const host = createReplayHost(tape, base);
  expect(host.get("_frame")).toBeUndefined();
  see(host, ["kernels"]);
  await vi.waitFor(() => expect(host.get("_frame")).toBeDefined());
  expect(asked.sort()).toEqual(["0-0", "0-1"]);
  host.set("at", 207);
  await vi.waitFor(() => expect((host.get("_frame") as FrameHeader).step).toBe(207));
  expect(asked).toHaveLength(2);
  host.set("layer", "conv2");
  expect((host.get("_frame") as FrameHeader).kernels?.layer).toBe("conv1");
  await vi.waitFor(() => expect(status(host).error).toContain("did not come"));
  host.get("_frame");
  expect(asked.filter((block) => block === "1-1")).toHaveLength(1);
});

test("the views' own model draws it: one connection, and every moved head is a painting", async () => {
  const { host } = await playing({ at: 0 });
  const model = connect(host);
  const steps: number[] = [];
  const end = model.onPaint(() => steps.push(model.frame!.header.step));
  await vi.waitFor(() => expect(steps).toEqual([0]));
  model.set("at", 90);
  await vi.waitFor(() => expect(steps.at(-1)).toBe(90));
  end();
});
