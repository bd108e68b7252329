import type { TapeHeader, TapeTrack } from "../generated/schema";
import { decodeBlock, inflate } from "./levels";

type Bytes = Uint8Array<ArrayBuffer>;

/** Brings the deflated bytes of a block of a tape of `until` frames. */
export type ReadBlock = (track: number, block: number, until: number) => Promise<Bytes>;

export interface Tape {
  readonly header: TapeHeader;
  /** What does not change; null while it comes. */
  readonly still: DataView | null;
  /** Where curves and answers lie; null while they come. */
  readonly told: DataView | null;
  /** The levels of a track at a frame; null while they come. Those that follow are asked for, too. */
  levels(track: number, frame: number): Uint8Array | null;
  /** Takes the header and the bytes of a tape that has grown; null where they are as before. */
  grow(header: TapeHeader, still: Bytes | null, told: Bytes | null): Promise<void>;
  /** Called when something has come that was waited for, or an error instead. */
  onArrive(call: (error: string) => void): void;
  /** Called with the header before when the tape has grown. */
  onGrow(call: (before: TapeHeader) => void): void;
}

interface Block {
  levels: Uint8Array;
  frames: number;
}

/** What did not come is not asked for again at once. */
const RETRY_MS = 5000;
/** Blocks of so many bytes, decoded, are kept at a time. */
const KEPT_BYTES = 2 ** 27;

/** Opens a tape whose blocks are read as they are needed. */
export function openTape(
  first: TapeHeader,
  firstStill: Bytes,
  read: ReadBlock,
  firstTold: Bytes | null = null,
): Tape {
  let header = first;
  let blocks = new Map<string, Block>();
  let coming = new Set<string>();
  let failed = new Map<string, number>();
  let arrived: (error: string) => void = () => {};
  let grew: (before: TapeHeader) => void = () => {};
  let unchanging: DataView | null = null;
  let told: DataView | null = null;

  const load = async (track: number, block: number, key: string): Promise<void> => {
    const facts = header.tracks[track]!;
    const until = header.steps.length;
    const frames = Math.min(facts.per_block, until - block * facts.per_block);
    // Who has waited for frames that are forgotten puts them where nobody looks.
    const [into, lost, due] = [blocks, failed, coming];
    due.add(key);
    try {
      const bytes = await inflate(await read(track, block, until));
      into.set(key, { levels: decodeBlock(bytes, facts, frames), frames });
      due.delete(key);
      arrived("");
    } catch (error) {
      due.delete(key);
      lost.set(key, performance.now());
      arrived(`A part of the recording did not come: ${error}`);
    }
  };
  const forget = ({ levels, per_block }: TapeTrack): void => {
    const most = Math.max(6, Math.floor(KEPT_BYTES / (levels * per_block)));
    for (const key of blocks.keys()) {
      if (blocks.size <= most) return;
      blocks.delete(key);
    }
  };
  /** A block with at least so many frames: the last one is asked for again when it has grown. */
  const want = (track: number, block: number, frames: number): Uint8Array | null => {
    const key = `${track}-${block}`;
    const held = blocks.get(key);
    if (!held || held.frames < frames) {
      const waits = coming.has(key) || performance.now() - failed.get(key)! < RETRY_MS;
      if (!waits) load(track, block, key);
      return null;
    }
    // What was used last goes last.
    blocks.delete(key);
    blocks.set(key, held);
    return held.levels;
  };
  const take = async (next: TapeHeader, still: Bytes | null, more: Bytes | null): Promise<void> => {
    try {
      const [all, some] = await Promise.all([still && inflate(still), more && inflate(more)]);
      if (all) unchanging = told = new DataView(all.buffer);
      if (some) told = new DataView(some.buffer);
      const before = header;
      header = next;
      if (before.steps.some((step, frame) => step !== next.steps[frame])) {
        blocks = new Map();
        failed = new Map();
        coming = new Set();
      }
      if (before !== next) grew(before);
      arrived("");
    } catch (error) {
      arrived(`The recording cannot be read: ${error}`);
    }
  };
  let taken = take(first, firstStill, firstTold);

  return {
    get header() {
      return header;
    },
    get still() {
      return unchanging;
    },
    get told() {
      return told;
    },
    levels(track, frame) {
      const facts = header.tracks[track]!;
      const block = Math.floor(frame / facts.per_block);
      const count = Math.ceil(header.steps.length / facts.per_block);
      const place = frame % facts.per_block;
      want(track, (block + 1) % count, 1);
      const held = want(track, block, place + 1);
      forget(facts);
      const start = place * facts.levels;
      return held ? held.subarray(start, start + facts.levels) : null;
    },
    grow(next, still, told) {
      // One after the other, in their order.
      taken = taken.then(() => take(next, still, told));
      return taken;
    },
    onArrive(call) {
      arrived = call;
    },
    onGrow(call) {
      grew = call;
    },
  };
}

/** Opens a tape whose bytes are all there. */
export function openWholeTape(header: TapeHeader, { buffer, byteOffset }: DataView): Tape {
  const part = (start: number, end: number) =>
    new Uint8Array(buffer as ArrayBuffer, byteOffset + start, end - start);
  return openTape(header, part(0, header.still), async (track, block) =>
    part(...header.tracks[track]!.blocks[block]!),
  );
}
