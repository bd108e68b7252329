import { createButton } from "../ui/button";
import { h } from "../ui/dom";
import { createSelect } from "../ui/select";
import { createGroup } from "../ui/toolbar";
import { can, createTool } from "./choices";
import { createScrubber } from "./scrubber";
import type { CreateView } from "./view";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const PREVIOUS = "M4.5 3.5v9M12 3.5v9L6.5 8z";
const NEXT = "M11.5 3.5v9M4 3.5v9L9.5 8z";
const SAVE = "M8 2.5v7M5 6.5l3 3 3-3M3 13h10";
const LOOP =
  "M5 4.5h6a2.5 2.5 0 0 1 2.5 2.5v1M11 11.5H5A2.5 2.5 0 0 1 2.5 9V8M9 2.5l2 2-2 2M7 9.5l-2 2 2 2";

/** Plays a recording: a scrubber, and the buttons of a clock. The space bar plays and pauses. */
export const createTransport: CreateView = (context) => {
  const { model, onPaint } = context;
  const { node: scrubber, at, move } = createScrubber(context);
  const play = (): void => model.set("playing", !model.get("playing"));
  const start = createButton({
    label: "Play",
    icon: "play",
    text: null,
    primary: true,
    onPress: play,
  });
  const speed = createSelect({
    label: "Playing speed",
    options: SPEEDS.map((value) => ({ value: String(value), text: `${value}×` })),
    value: "1",
    onChange: (value) => model.set("speed", Number(value)),
  });
  const node = h(
    "section.kw-row kw-timeline",
    {
      "aria-label": "Timeline",
      keydown(event: KeyboardEvent) {
        // A button and a list have uses of their own for the space bar.
        if (event.key !== " " || !(event.target as Element).matches("input")) return;
        event.preventDefault();
        event.stopPropagation();
        play();
      },
    },
    createGroup(
      "Play",
      start.node,
      createTool(context, "Previous frame", PREVIOUS, () => move(-1)),
      createTool(context, "Next frame", NEXT, () => move(1)),
    ),
    scrubber,
    createGroup(
      "How it plays",
      speed.node,
      createTool(
        context,
        "Loop",
        LOOP,
        () => model.set("loop", !model.get("loop")),
        undefined,
        () => !!model.get("loop"),
      ),
      createTool(
        context,
        "Save 5 s as GIF",
        SAVE,
        () => {
          model.event({ event: "want_gif", step: at() });
          context.announce("The file is drawn, and then downloaded");
        },
        () => can(model, "gif"),
      ),
    ),
  );
  onPaint(() => {
    const line = model.get("_timeline");
    node.hidden = !line || line.first === line.last;
    const playing = !!model.get("playing");
    start.setLabel(playing ? "Pause" : "Play", playing ? "pause" : "play");
    start.node.title = playing ? "Pause" : "Play";
    const now = String(model.get("speed") ?? 1);
    speed.set(now);
  });
  context.show({ parts: [] });
  return { node };
};
