import { createButton } from "../ui/button";
import { h, setAttribute, setText } from "../ui/dom";
import { createSelect } from "../ui/select";
import { createGroup } from "../ui/toolbar";
import { can, createTool } from "./choices";
import type { CreateView } from "./view";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

/**
 * The scrubber of what was recorded: drag, or play where the page has a clock. Where training goes
 * on behind it, "Now" returns to the present.
 */
export const createTimeline: CreateView = (context) => {
  const { model, onPaint, announce } = context;
  let marked: unknown = null;

  const line = () => model.get("_timeline");
  const at = (): number => model.get("at") ?? line()?.last ?? 0;
  const hasClock = (): boolean => model.get("playing") !== undefined;
  const markAt = (step: number): string => {
    const texts = line()?.marks.filter((mark) => mark.step === step) ?? [];
    return [...new Set(texts.map(({ text }) => text))].join(", ");
  };
  const go = (step: number, spoken = false): void => {
    if (model.get("playing")) model.set("playing", false);
    model.set("at", step);
    if (spoken && markAt(step)) announce(`Step ${step}: ${markAt(step)}`);
  };
  /** The recorded step before or after this one, or with marks alone the one at which there is one. */
  const move = (way: number, places = line()?.steps ?? []): void => {
    const { first, last } = line()!;
    const now = at();
    const next =
      places.length === 0
        ? now + way * Math.max(1, Math.round((last - first) / 100))
        : way > 0
          ? places.find((step) => step > now)
          : places.findLast((step) => step < now);
    if (next !== undefined) go(Math.min(last, Math.max(first, next)), true);
  };
  const play = (): void => model.set("playing", !model.get("playing"));

  const input = h("input", {
    type: "range",
    "aria-label": "Step",
    input: () => go(input.valueAsNumber),
    keydown(event: KeyboardEvent) {
      const marks = line()!.marks.map(({ step }) => step);
      const places = event.shiftKey ? marks : undefined;
      const act = {
        ArrowLeft: () => move(-1, places),
        ArrowDown: () => move(-1, places),
        ArrowRight: () => move(1, places),
        ArrowUp: () => move(1, places),
        " ": () => hasClock() && play(),
      }[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    },
  });
  const ticks = h("div.kw-ticks", { "aria-hidden": "true" });
  const words = h("output.kw-value");
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
  const now = createButton({
    label: "Now",
    title: "Back to the present",
    pressed: true,
    onPress: () => model.set("at", null),
  });
  const branch = createButton({
    label: "Branch from here",
    async onPress() {
      const { ok, error } = await model.command({ op: "branch", step: at() });
      announce(ok ? `Training goes on from step ${at()}` : `Not done: ${error}`);
    },
  });

  /** A tick for each percent of the way with a mark in it; laid out anew only where marks came. */
  const tick = (): void => {
    const { first, last, marks } = line()!;
    if (marks === marked) return;
    marked = marks;
    const shares = marks.map(({ step }) => (step - first) / (last - first || 1));
    ticks.replaceChildren(
      ...[...new Set(shares.map((share) => Math.round(100 * share)))].map((percent) => {
        const node = h("i");
        node.style.left = `${percent}%`;
        return node;
      }),
    );
  };
  onPaint(() => {
    const timeline = line();
    node.hidden = !timeline || timeline.last === timeline.first;
    if (!timeline || node.hidden) return;
    const { first, last } = timeline;
    const playing = !!model.get("playing");
    setAttribute(input, "min", first);
    setAttribute(input, "max", last);
    if (input.valueAsNumber !== at()) input.value = String(at());
    const mark = markAt(at());
    setAttribute(input, "aria-valuetext", `step ${at()} of ${last}${mark && `: ${mark}`}`);
    setText(words, `${at()}`);
    setAttribute(words, "title", mark || null);
    words.classList.toggle("kw-marked", mark !== "");
    words.style.minWidth = `${String(last).length + 1}ch`;
    tick();
    start.node.hidden = speed.node.hidden = !hasClock();
    setAttribute(start.node, "aria-label", playing ? "Pause" : "Play");
    start.setLabel(playing ? "Pause" : "Play", playing ? "pause" : "play");
    speed.set(String(model.get("speed") ?? 1));
    now.node.hidden = hasClock();
    now.setPressed(model.get("at") == null);
    branch.node.hidden = !can(model, "branch") || model.get("at") == null;
  });
  const tool = (label: string, icon: "previous" | "next", way: number): HTMLElement =>
    createTool(context, label, icon, () => move(way));
  const node = h(
    "section.kw-timeline",
    { "aria-label": "Timeline" },
    start.node,
    createGroup("Step", tool("Previous frame", "previous", -1), tool("Next frame", "next", 1)),
    h("div.kw-track", {}, ticks, input),
    words,
    speed.node,
    createTool(
      context,
      "Loop",
      "loop",
      () => model.set("loop", !model.get("loop")),
      hasClock,
      () => !!model.get("loop"),
    ),
    now.node,
    branch.node,
  );
  context.show({ parts: [] });
  return { node };
};
