import type { TapeHeader, TapeTrack } from "../generated/schema";
import { decodeBlock, inflate } from "./levels";

/** Brings the deflated bytes of a block. */
export type ReadBlock = (track: number, block: number) => Promise<Uint8Array<ArrayBuffer>>;

export interface Tape {
  readonly header: TapeHeader;
  /** What does not change; null while it comes. */
  readonly still: DataView | null;
  /** The levels of a track at a frame; null while they come. Those that follow are asked for, too. */
  levels(track: number, frame: number): Uint8Array | null;
  /** Called when something has come that was waited for, or an error instead. */
  onArrive(call: (error: string) => void): void;
}

/** What did not come is not asked for again at once. */
const RETRY_MS = 5000;
/** Blocks of so many bytes, decoded, are kept at a time. */
const KEPT_BYTES = 2 ** 27;

/** Opens a tape whose blocks are read as they are needed. */
export function openTape(
  header: TapeHeader,
  still: Uint8Array<ArrayBuffer>,
  read: ReadBlock,
): Tape {
  const { steps, tracks } = header;
  const blocks = new Map<string, Uint8Array | null>();
  const failed = new Map<string, number>();
  let arrived: (error: string) => void = () => {};
  let unchanging: DataView | null = null;

  const framesOf = ({ per_block }: TapeTrack, block: number): number =>
    Math.min(per_block, steps.length - block * per_block);
  const load = async (track: number, block: number, key: string): Promise<void> => {
    const facts = tracks[track]!;
    blocks.set(key, null);
    try {
      const bytes = await inflate(await read(track, block));
      blocks.set(key, decodeBlock(bytes, facts, framesOf(facts, block)));
      arrived("");
    } catch (error) {
      blocks.delete(key);
      failed.set(key, performance.now());
      arrived(`A part of the recording did not come: ${error}`);
    }
  };
  const forget = ({ levels, per_block }: TapeTrack): void => {
    const most = Math.max(6, Math.floor(KEPT_BYTES / (levels * per_block)));
    for (const [key, held] of blocks) {
      if (blocks.size <= most) return;
      if (held) blocks.delete(key);
    }
  };
  const want = (track: number, block: number): Uint8Array | null => {
    const key = `${track}-${block}`;
    const held = blocks.get(key);
    if (held === undefined) {
      if (!(performance.now() - failed.get(key)! < RETRY_MS)) load(track, block, key);
    }
    // What was used last goes last.
    else if (blocks.delete(key)) blocks.set(key, held);
    return held ?? null;
  };
  inflate(still).then(
    ({ buffer }) => {
      unchanging = new DataView(buffer);
      arrived("");
    },
    (error) => arrived(`The recording cannot be read: ${error}`),
  );

  return {
    header,
    get still() {
      return unchanging;
    },
    levels(track, frame) {
      const facts = tracks[track]!;
      const block = Math.floor(frame / facts.per_block);
      const count = Math.ceil(steps.length / facts.per_block);
      want(track, (block + 1) % count);
      const held = want(track, block);
      forget(facts);
      const start = (frame % facts.per_block) * facts.levels;
      return held ? held.subarray(start, start + facts.levels) : null;
    },
    onArrive(call) {
      arrived = call;
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
