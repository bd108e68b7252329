import { readFileSync } from "node:fs";
import { vi } from "vitest";
import type { FrameHeader, Part, TapeHeader } from "../../src/generated/schema";
import { decodeBytes } from "../../src/lib/base64";
import type { HostModel } from "../../src/model/host";
import { createStaticHost } from "../../src/model/static_host";
import { createReplayHost } from "../../src/replay/host";
import { openWholeTape, type Tape } from "../../src/replay/tape";

interface Case {
  at: number;
  layer: string;
  choice: Record<string, unknown>;
  parts: Part[];
  order: number[];
  header: FrameHeader;
  data: string;
}

/** What Python made: a tape, and frames as a live view would get them. */
export const stored = JSON.parse(readFileSync("../tests/fixtures/tape_v1.json", "utf8")) as {
  header: TapeHeader;
  data: string;
  cases: Case[];
};

export const view = (text: string): DataView<ArrayBuffer> => {
  const bytes = decodeBytes(text);
  // Bytes of a host start anywhere in their buffer.
  const buffer = new Uint8Array(bytes.length + 3);
  buffer.set(bytes, 3);
  return new DataView(buffer.buffer, 3, bytes.length);
};

export const CONTROLS = {
  layer: "conv1",
  selected: [0, 0],
  show: "weight",
  sort: "index",
  stage: "before",
  sample: 0,
  at: null,
  playing: false,
  speed: 1,
  loop: false,
  labels: false,
};

/** A page that plays the stored tape; `mounted` parts are in sight. */
export async function playing(
  controls: Record<string, unknown> = {},
  mounted: Part[] = ["kernels", "selected"],
): Promise<{ host: HostModel; base: HostModel; tape: Tape; header: () => FrameHeader }> {
  const base = createStaticHost({ ...CONTROLS, ...controls });
  const tape = openWholeTape(stored.header, view(stored.data));
  const host = createReplayHost(tape, base);
  const header = (): FrameHeader => host.get("_frame") as FrameHeader;
  see(host, mounted);
  await vi.waitFor(() => {
    if (!tape.still || !header()) throw new Error("nothing has come yet");
  });
  return { host, base, tape, header };
}

/** Says what can be seen, as a mounted view does. */
export function see(host: HostModel, parts: Part[]): void {
  host.send({ event: "visible", view: "a", parts });
}

/** Sends a command, and gives its answer. */
export function ask(host: HostModel, command: Record<string, unknown>) {
  return new Promise<{ ok: boolean; error: string; moment: number }>((resolve) => {
    const take = ({
      answer,
    }: {
      answer?: { id: string; ok: boolean; error: string; moment: number };
    }) => {
      if (answer?.id !== "1") return;
      host.off("msg:custom", take);
      resolve(answer);
    };
    host.on("msg:custom", take);
    host.send({ id: "1", ...command });
  });
}
