import type { GalleryTraits, HandMade } from "../generated/schema";
import { leaves } from "../lib/leaves";
import { type Picture, reduced } from "../lib/pixels";
import type { HostModel } from "../model/host";
import { connect, type Model } from "../model/model";

/** The picture on show, and the numbers that are painted black and white. */
export interface Shown {
  picture: Picture;
  low: number;
  high: number;
  /** What it is, in a word or two. */
  name: string;
  /** Rows and columns before it was averaged down. */
  size: readonly [number, number];
}

/** What the gallery has beside the state of every view. */
export interface Store {
  /** The same object as long as it is the same picture. */
  readonly shown: Shown;
  readonly handMade: readonly HandMade[];
  readonly resolution: number;
  enlarged: number;
  /** Shares a picture with Python; null goes back to the source's own. */
  setPicture(picture: Picture | null, name: string): void;
  /** Shows a picture that Python never gets; null goes back to the shared one. */
  showPrivately(picture: Picture | null, name?: string): void;
}

type Name = keyof GalleryTraits;
type SharedPicture = { shape: number[]; data: DataView };

const SAMPLE_SIDE = 192;

export function connectGallery(host: HostModel): { store: Store; model: Model } {
  const model = connect(host);
  let hidden: Picture | null = null;
  let sample: Picture | null = null;
  let hiddenName = "";
  let given = { mark: "", name: "" };
  let key: unknown[] = [];
  let shown: Shown | null = null;
  const get = <K extends Name>(name: K): GalleryTraits[K] => model.get(name as never);

  /** The picture on show, before it is averaged down, and its range where that is known. */
  const choose = (): [Picture, name: string, range?: [number, number]] => {
    if (hidden) return [hidden, hiddenName];
    const image = get("image") as SharedPicture | null;
    if (image) return [decode(image), markOf(image) === given.mark ? given.name : "Picture"];
    const { probe } = model;
    if (probe && probe.shape.length === 3 && [1, 3].includes(probe.shape[0]!)) {
      const [channels, rows, columns] = probe.shape as [number, number, number];
      const label = model.get("_info")?.samples[probe.sample];
      return [
        { channels, rows, columns, data: probe.data },
        label ? `Probe: ${label}` : "Probe",
        [probe.low, probe.high],
      ];
    }
    sample ??= leaves(SAMPLE_SIDE);
    return [sample, "Leaves"];
  };

  return {
    model,
    store: {
      get shown() {
        const next = [hidden, get("image"), model.probe, get("resolution")];
        if (shown && next.every((part, i) => part === key[i])) return shown;
        key = next;
        const [whole, name, range] = choose();
        const picture = reduced(whole, get("resolution"));
        const [low, high] = range ?? rangeOf(picture);
        shown = { picture, low, high, name, size: [whole.rows, whole.columns] };
        return shown;
      },
      get handMade() {
        return get("_hand_made");
      },
      get resolution() {
        return get("resolution");
      },
      get enlarged() {
        return get("enlarged");
      },
      set enlarged(place) {
        model.set("enlarged" as never, place as never);
      },
      setPicture(picture, name) {
        hidden = null;
        const image = picture && encode(picture);
        if (image) given = { mark: markOf(image), name };
        model.set("image" as never, image as never);
      },
      showPrivately(picture, name = "") {
        hidden = picture;
        hiddenName = name;
        model.repaint();
      },
    },
  };
}

/** Tells pictures apart: one that Python sends back is another object. */
function markOf({ shape, data }: SharedPicture): string {
  const every = Math.ceil(data.byteLength / 64);
  const bytes = Array.from({ length: 64 }, (_, i) =>
    i * every < data.byteLength ? data.getUint8(i * every) : 0,
  );
  return `${shape} ${bytes}`;
}

/** From (rows, columns) or (rows, columns, 3) to planes. */
function decode(image: SharedPicture): Picture {
  const [rows, columns, channels = 1] = image.shape as [number, number, number?];
  const { buffer, byteOffset, byteLength } = image.data;
  const mixed = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  const count = rows * columns;
  const data = Float64Array.from(
    mixed,
    (_, i) => mixed[(i % count) * channels + Math.floor(i / count)]!,
  );
  return { channels, rows, columns, data };
}

function encode({ channels, rows, columns, data }: Picture): SharedPicture {
  const count = rows * columns;
  const mixed = Float32Array.from(
    data,
    (_, i) => data[(i % channels) * count + Math.floor(i / channels)]!,
  );
  const shape = channels > 1 ? [rows, columns, channels] : [rows, columns];
  return { shape, data: new DataView(mixed.buffer) };
}

/** Black and white of a picture: 0 and 1, unless it goes beyond them. */
function rangeOf({ data }: Picture): [number, number] {
  let [low, high] = [0, 1];
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i]!);
    high = Math.max(high, data[i]!);
  }
  return [low, high];
}
