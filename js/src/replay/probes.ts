import type { ProbeHeader, SetProbe, SourceInfo } from "../generated/schema";
import { decodeArray, type Values } from "../model/arrays";
import type { Tape } from "./tape";

/** A picture from the page, in the place of a recorded one. */
interface Own {
  header: ProbeHeader;
  bytes: DataView;
  label: string;
}

/** The probe pictures of a tape; the page may replace them. */
export function createProbes(tape: Tape) {
  const own = new Map<number, Own>();
  let known: { of: SourceInfo; info: SourceInfo } | null = null;
  let decoded: [unknown, Values | null] = [null, null];

  const header = (sample: number): ProbeHeader | null =>
    own.get(sample)?.header ?? (tape.still && (tape.header.probe[sample] ?? null));
  const bytes = (sample: number): DataView | null => own.get(sample)?.bytes ?? tape.still;
  return {
    info(): SourceInfo {
      const { info, probe } = tape.header;
      if (known?.of !== info) {
        const verbs = probe.length > 0 ? [...info.verbs, "probe" as const] : info.verbs;
        const samples = info.samples.map((label, nth) => own.get(nth)?.label ?? label);
        known = { of: info, info: { ...info, verbs, samples } };
      }
      return known.info;
    },
    header,
    bytes,
    picture(sample: number): Values | null {
      const known = header(sample);
      const data = bytes(sample);
      if (!known || !data) return null;
      if (decoded[0] !== known) decoded = [known, decodeArray(known.values, data)];
      return decoded[1];
    },
    /** Puts pixels, 0 to 1 and channels last, in the place of a picture; says why not, or "". */
    replace({ sample = 0, sample_name = "", size, pixels = [] }: SetProbe): string {
      const before = tape.header.probe[sample];
      if (!before || !size) return "there is no such probe picture";
      const [channels, rows, columns] = before.values.shape as [number, number, number];
      if (String(size) !== String([rows, columns, channels])) {
        return `the picture has to be ${rows}×${columns} with ${channels} channels`;
      }
      const { low, high } = before;
      const count = rows * columns;
      const values = Float32Array.from(
        { length: count * channels },
        (_, i) => low + (high - low) * pixels[(i % count) * channels + Math.floor(i / count)]!,
      );
      own.set(sample, {
        header: {
          ...before,
          values: { ...before.values, dtype: "f4", start: 0, scale: 1, offset: 0, error: 0 },
        },
        bytes: new DataView(values.buffer),
        label: sample_name,
      });
      known = null;
      return "";
    },
  };
}
