import type { SourceInfo, TapeHeader, Traits } from "./generated/schema";
import { hand } from "./hand/index";
import type { HostModel } from "./model/host";
import { connect, type Model } from "./model/model";
import { blocksFrom } from "./replay/blocks";
import { createReplayHost } from "./replay/host";
import { openTape, openWholeTape } from "./replay/tape";
import { h } from "./ui/dom";
import { adoptStyles } from "./ui/styles";
import { giveHand } from "./views/hand";
import { mount } from "./views/mount";
import { registry } from "./views/registry";
import { styles } from "./views/styles";
import { createTransport } from "./views/transport";
import type { CreateView } from "./views/view";

/** A view with the clock's buttons above it: where there is one column, they stay beside the kernels. */
function played(create: CreateView): CreateView {
  return (context) => {
    const view = create(context.child());
    const transport = createTransport(context.child());
    return { node: h("div.kw-stack", {}, transport.node, view.node) };
  };
}

function download(name: string, file: Blob): void {
  const href = URL.createObjectURL(file);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: DataView<ArrayBuffer>) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Opens the tape that a widget or a page holds: whole, or to be asked for block by block. */
function open(host: HostModel): Model {
  const header = host.get("_tape") as TapeHeader;
  let data = host.get("_tape_data") as DataView<ArrayBuffer>;
  const whole = header.tracks.every(({ blocks }) => blocks.length > 0);
  if (whole) return connect(createReplayHost(openWholeTape(header, data), host));
  // Python is there: it can draw files, too.
  const withGif = ({ verbs, ...info }: SourceInfo): SourceInfo => ({
    ...info,
    verbs: [...verbs, "gif"],
  });
  host.on("msg:custom", ({ gif }: { gif?: string }, buffers: DataView<ArrayBuffer>[]) => {
    if (gif && buffers[0]) download(gif, new Blob([buffers[0]], { type: "image/gif" }));
  });
  /** Curves and answers of a tape that has grown. */
  const told = (): Uint8Array<ArrayBuffer> | null => {
    const bytes = host.get("_tape_grown") as DataView<ArrayBuffer> | undefined;
    return bytes?.byteLength ? bytesOf(bytes) : null;
  };
  let info = withGif(header.info);
  const tape = openTape({ ...header, info }, bytesOf(data), blocksFrom(host), told());
  host.on("change:_tape", () => {
    const next = host.get("_tape") as TapeHeader;
    const before = data;
    data = host.get("_tape_data") as DataView<ArrayBuffer>;
    // What was recorded, and how, has changed where its bytes have.
    const same = data === before;
    if (!same) info = withGif(next.info);
    tape.grow({ ...next, info }, same ? null : bytesOf(data), told());
  });
  return connect(createReplayHost(tape, host));
}

// What is recorded can be changed in the page alone, without anybody behind it.
giveHand(hand);

/** A recording that plays: all views of it, on a clock in the page. */
export default function createWidget() {
  let model: Model | null = null;
  return {
    initialize({ model: host }: { model: HostModel }): void {
      model = open(host);
    },
    render({ model: host, el }: { model: HostModel; el: HTMLElement }): () => void {
      adoptStyles(el, styles);
      const name = host.get("_view") as Traits["_view"];
      model ??= open(host);
      return mount("player", played(registry[name]), model, el);
    },
  };
}
