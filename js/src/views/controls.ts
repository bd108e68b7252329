import type { AnyCommand } from "../generated/schema";
import { joined, number } from "../lib/format";
import type { Scale } from "../lib/scale";
import { createButton } from "../ui/button";
import { h, setText } from "../ui/dom";
import { createSlider } from "../ui/slider";
import { createGroup } from "../ui/toolbar";
import { can } from "./choices";
import type { CreateView } from "./view";

/** Start and pause, single steps, speed and learning rate, and how the run goes in words. */
export const createControls: CreateView = (context) => {
  const { model, onPaint } = context;
  const send = async (command: AnyCommand): Promise<void> => {
    const { ok, error } = await model.command(command);
    if (!ok) context.announce(`Not done: ${error}`);
  };
  const running = (): boolean => model.get("_status")?.state === "running";

  const start = createButton({
    label: "Start",
    icon: "play",
    primary: true,
    onPress: () => send({ op: running() ? "pause" : "start" }),
  });
  const steps = createGroup(
    "Step",
    h("span.kw-quiet", {}, "Step"),
    ...[1, 10, 100].map(
      (count) =>
        createButton({
          label: `Step ×${count}`,
          text: `×${count}`,
          onPress: () => send({ op: "step", count }),
        }).node,
    ),
  );
  const restart = createButton({
    label: "Restart (same start)",
    icon: "restart",
    text: null,
    onPress: () => send({ op: "restart" }),
  }).node;
  const seed = createButton({
    label: "New seed",
    icon: "seed",
    text: null,
    title: "New seed: restart from other random numbers",
    onPress: () => send({ op: "restart", new_seed: true }),
  }).node;

  /** A slider whose value is a command's: while it moves its last value goes out, one at a time. */
  const commandSlider = (
    label: string,
    scale: Scale,
    format: (value: number | null) => string,
    command: (value: number | null) => AnyCommand,
    now: () => number | null | undefined,
  ): HTMLElement => {
    let moved = false;
    let sending = false;
    let latest: number | null = null;
    const slider = createSlider({
      label,
      scale,
      format,
      value: null,
      onInput(value) {
        moved = true;
        latest = value;
        model.repaint();
      },
    });
    onPaint(async () => {
      if (sending) return;
      // A status on its way must not pull the thumb back from under the hand.
      if (!moved) return slider.set(now() ?? null);
      [moved, sending] = [false, true];
      await send(command(latest));
      sending = false;
      model.repaint();
    });
    return slider.node;
  };
  const rate = commandSlider(
    "Learning rate",
    { low: 1e-5, high: 1, logarithmic: true },
    (value) => number(value ?? 0, 0, 2),
    (value) => ({ op: "set_learning_rate", learning_rate: value! }),
    () => model.get("_status")?.learning_rate,
  );
  const speed = commandSlider(
    "Speed",
    { low: 1, high: 1000, logarithmic: true, max: true },
    (value) => (value === null ? "max" : `${number(value, 0, 2)}/s`),
    (value) => ({ op: "set_speed", max_steps_per_s: value }),
    () => model.get("_status")?.max_steps_per_s,
  );

  const state = h("b");
  const facts = h("span.kw-quiet");
  const hint = h("div.kw-warn");
  onPaint(() => {
    const status = model.get("_status");
    start.node.hidden = !can(model, running() ? "pause" : "start");
    start.setLabel(running() ? "Pause" : "Start", running() ? "pause" : "play");
    steps.hidden = !can(model, "step");
    restart.hidden = seed.hidden = !can(model, "restart");
    rate.hidden = !can(model, "learning_rate") || status?.learning_rate == null;
    speed.hidden = !can(model, "speed");
    state.className = status?.state === "failed" ? "kw-warn" : "";
    setText(state, status?.text ?? "");
    const pace = status?.steps_per_s ? `${number(status.steps_per_s, 0, 2)} steps/s` : "";
    setText(facts, joined([pace, status?.score_text, status?.cost_text]));
    setText(hint, joined([status?.error, status?.hint], " "));
  });
  context.show({ parts: [] });
  return {
    node: h(
      "section.kw-controls kw-row",
      { "aria-label": "Training" },
      createGroup("Run", start.node, steps, restart, seed),
      createGroup("Pace", rate, speed),
      h("div.kw-run-words", {}, state, facts),
      hint,
    ),
  };
};
