import type { HostModel } from "../model/host";
import type { ReadBlock } from "./tape";

const PATIENCE_MS = 20_000;

interface Place {
  track: number;
  block: number;
  until: number;
}

const keyOf = ({ track, block, until }: Place): string => `${track}-${block}-${until}`;

/** Asks Python for blocks as they are needed: one question, one message with the bytes. */
export function blocksFrom(host: HostModel): ReadBlock {
  const waiting = new Map<string, (bytes: Uint8Array<ArrayBuffer>) => void>();
  host.on("msg:custom", (content: { block?: Place }, buffers: DataView[]) => {
    const { block } = content;
    const bytes = buffers?.[0];
    if (!block || !bytes) return;
    const { buffer, byteOffset, byteLength } = bytes;
    const key = keyOf(block);
    waiting.get(key)?.(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
    waiting.delete(key);
  });
  return (track, block, until) =>
    new Promise((resolve, reject) => {
      const key = keyOf({ track, block, until });
      waiting.set(key, resolve);
      setTimeout(() => {
        if (waiting.delete(key)) reject(new Error("the kernel did not answer"));
      }, PATIENCE_MS);
      host.send({ event: "want_block", track, block, until });
    });
}
