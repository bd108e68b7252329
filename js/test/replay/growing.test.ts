import { deflateSync } from "node:zlib";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { FrameHeader, TapeHeader, Timeline } from "../../src/generated/schema";
import type { HostModel } from "../../src/model/host";
import { createStaticHost } from "../../src/model/static_host";
import { createReplayHost } from "../../src/replay/host";
import { openTape, openWholeTape } from "../../src/replay/tape";
import { ask, CONTROLS, see, stored, view } from "./tape";

const { header, data } = stored;
const all = view(data);
const still = new Uint8Array(all.buffer, all.byteOffset, header.still);
const whole = openWholeTape(header, all);
const frames = 40;
const end = header.steps.at(-1)!;

beforeAll(() =>
  vi.waitFor(() => {
    const { per_block } = header.tracks[0]!;
    for (const track of [0, 1]) {
      expect(whole.levels(track, 0)).not.toBeNull();
      expect(whole.levels(track, per_block)).not.toBeNull();
    }
  }),
);

/** A block of the tape when it had so many frames, as Python may write it: without differences. */
const blockOf = (track: number, block: number, count: number): Uint8Array<ArrayBuffer> => {
  const { levels, per_block } = header.tracks[track]!;
  const first = block * per_block;
  const known = Math.min(per_block, count - first);
  const of = Array.from({ length: known }, (_, nth) => [...whole.levels(track, first + nth)!]);
  const codes = new Array(((known - 1) * levels) / 2).fill(255);
  return new Uint8Array(deflateSync(Uint8Array.from([of[0]!, codes, ...of.slice(1)].flat())));
};

/** The stored tape as it was when it had so many frames. */
const until = (count: number): TapeHeader => {
  const steps = header.steps.slice(0, count);
  return { ...header, steps, marks: header.marks.filter(({ step }) => step <= steps.at(-1)!) };
};

/** A page that plays the beginning of the stored tape; what it asks for is noted. */
async function growing(controls: Record<string, unknown> = {}) {
  const asked: string[] = [];
  let open: Promise<void> = Promise.resolve();
  const base = createStaticHost({ ...CONTROLS, ...controls });
  const tape = openTape(until(frames), still, async (track, block, count) => {
    asked.push(`${track}-${block} of ${count}`);
    await open;
    return blockOf(track, block, count);
  });
  const host = createReplayHost(tape, base);
  see(host, ["kernels", "curves"]);
  await vi.waitFor(() => expect(host.get("_frame")).toBeDefined());
  const grow = (count: number) => tape.grow(until(count), null, null);
  /** Has blocks wait until the call that it returns. */
  const late = () => {
    let release = () => {};
    open = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  };
  return { host, base, tape, asked, grow, late };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const step = (host: HostModel): number => (host.get("_frame") as FrameHeader).step;
const line = (host: HostModel): Timeline => host.get("_timeline") as Timeline;

test("the line grows, and a play head that stands somewhere stands there still", async () => {
  const { host, asked, grow } = await growing({ at: header.steps[2] });
  const told: string[] = [];
  for (const name of ["_timeline", "_status"]) host.on(`change:${name}`, () => told.push(name));
  await grow(70);
  expect(line(host).last).toBe(end);
  expect(line(host).steps).toHaveLength(70);
  expect(step(host)).toBe(header.steps[2]);
  expect(host.get("at")).toBe(header.steps[2]);
  expect(told).toEqual(["_timeline", "_status"]);
  host.set("at", end);
  await vi.waitFor(() => expect(step(host)).toBe(end));
  // What is there is not asked for again.
  expect(asked).toEqual([`0-0 of ${frames}`, "0-1 of 70"]);
});

test("who looks at the end sees what comes, and Python hears where that is", async () => {
  const { host, base, grow } = await growing();
  const saved = vi.spyOn(base, "save_changes");
  await grow(60);
  await vi.waitFor(() => expect(step(host)).toBe(header.steps[59]));
  expect(host.get("at")).toBeNull();
  expect(saved).not.toHaveBeenCalled();
  host.set("at", line(host).last);
  await grow(70);
  await vi.waitFor(() => expect(step(host)).toBe(end));
  expect(host.get("at")).toBe(end);
  expect(saved).toHaveBeenCalledOnce();
});

test("while the end has not come the head stays, and says where that is", async () => {
  const { host, tape, late } = await growing();
  const words = () => (host.get("_status") as { text: string }).text;
  const release = late();
  await tape.grow(until(50), null, null);
  await tape.grow(until(60), null, null);
  expect(words()).toBe(`step ${header.steps[frames - 1]} of ${header.steps[59]}`);
  expect(step(host)).toBe(header.steps[frames - 1]);
  // What is there can be seen meanwhile.
  expect(tape.levels(0, 3)).not.toBeNull();
  release();
  await vi.waitFor(() => expect(step(host)).toBe(header.steps[59]));
  expect(words()).toBe(`step ${header.steps[59]} of ${header.steps[59]}`);
});

test("what a hand has changed at the end stays in sight", async () => {
  const { host, grow } = await growing();
  await ask(host, { op: "edit", layer: "conv1", cells: [3], values: [0.5] });
  await grow(70);
  expect(step(host)).toBe(header.steps[frames - 1]);
  expect(host.get("at")).toBe(header.steps[frames - 1]);
  expect((host.get("_status") as { undo: number }).undo).toBe(1);
});

test("time passes into the frames that have come", async () => {
  vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "performance"] });
  const { host, grow } = await growing({ at: 0, speed: 0.25 });
  host.set("playing", true);
  vi.advanceTimersByTime(1000);
  expect(step(host)).toBeLessThan(header.steps[frames - 1]!);
  await grow(70);
  host.set("speed", 4);
  await vi.waitFor(() => {
    vi.advanceTimersByTime(1000);
    expect(step(host)).toBe(end);
  });
  expect(host.get("playing")).toBe(false);
});

test("the last block is asked for again only where it has become too short", async () => {
  const asked: string[] = [];
  const tape = openTape(until(3), still, async (track, block, count) => {
    asked.push(`${track}-${block} of ${count}`);
    return blockOf(track, block, count);
  });
  await vi.waitFor(() => expect(tape.levels(0, 2)).not.toBeNull());
  await tape.grow(until(frames), null, null);
  const known = tape.levels(0, 2);
  expect(asked).toEqual(["0-0 of 3"]);
  expect(tape.levels(0, 5)).toBeNull();
  await vi.waitFor(() => expect(tape.levels(0, 5)).not.toBeNull());
  expect(asked).toEqual(["0-0 of 3", `0-0 of ${frames}`]);
  expect(tape.levels(0, 2)).toEqual(known);
});

test("where frames were forgotten all is asked for anew, and the head stays at its step", async () => {
  const { host, tape, asked } = await growing({ at: header.steps[4] });
  const thinned = until(frames);
  thinned.steps = thinned.steps.filter((_, frame) => frame !== 2);
  await tape.grow(thinned, null, null);
  await vi.waitFor(() => {
    expect(step(host)).toBe(header.steps[4]);
    expect(asked).toContain(`0-0 of ${frames - 1}`);
  });
  expect(host.get("at")).toBe(header.steps[4]);
});

test("curves lie in bytes of their own once a tape has grown", async () => {
  const { host, tape } = await growing();
  see(host, ["kernels"]);
  const before = tape.still;
  const bytes = new Uint8Array(deflateSync(new Uint8Array([7, 8, 9])));
  await tape.grow(until(60), null, bytes);
  expect(new Uint8Array(tape.told!.buffer)).toEqual(new Uint8Array([7, 8, 9]));
  expect(tape.still).toBe(before);
});
