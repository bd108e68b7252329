import type { AnyCommand, Status, Verb } from "../generated/schema";
import { number } from "../lib/format";
import { createButton } from "../ui/button";
import { Cleanup, h, setText } from "../ui/dom";
import { createSlider, type Slider } from "../ui/slider";
import { createGroup } from "../ui/toolbar";
import type { CreateView } from "./view";

const SPEED = { low: 1, high: 1000, logarithmic: true, max: true };
const LEARNING_RATE = { low: 1e-5, high: 1, logarithmic: true };

/** Start and pause, single steps, speed and learning rate, and how the run goes in words. */
export const createControls: CreateView = (context) => {
  const { model } = context;
  const cleanup = new Cleanup();
  const send = async (command: AnyCommand): Promise<void> => {
    const answer = await model.command(command);
    if (!answer.ok) context.announce(`Not done: ${answer.error}`);
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
    h("span", { class: "kw-label" }, "Step"),
    ...[1, 10, 100].map(
      (count) =>
        createButton({
          label: `Step ×${count}`,
          text: `×${count}`,
          title: `Take ${count === 1 ? "one step" : `${count} steps`}, then pause`,
          onPress: () => send({ op: "step", count }),
        }).node,
    ),
  );
  const restart = createButton({
    label: "Restart (same start)",
    icon: "restart",
    text: null,
    onPress: () => send({ op: "restart" }),
  });
  const seed = createButton({
    label: "New seed",
    icon: "seed",
    text: null,
    title: "New seed: restart from other random numbers",
    onPress: () => send({ op: "restart", new_seed: true }),
  });
  const rate = createCommandSlider(send, {
    label: "Learning rate",
    scale: LEARNING_RATE,
    format: (value) => number(value ?? 0, 0, 2),
    command: (value) => ({ op: "set_learning_rate", learning_rate: value ?? LEARNING_RATE.high }),
  });
  const speed = createCommandSlider(send, {
    label: "Speed",
    scale: SPEED,
    format: (value) => (value === null ? "max" : `${number(value, 0, 2)}/s`),
    command: (value) => ({ op: "set_speed", max_steps_per_s: value }),
  });
  cleanup.add(rate.destroy);
  cleanup.add(speed.destroy);
  const state = h("span", { class: "kw-run-state" });
  const facts = h("span", { class: "kw-quiet kw-run-facts" });
  const hint = h("div", { class: "kw-hint" });
  const runs = createGroup("Run", start.node, steps, restart.node, seed.node);
  const sliders = createGroup("Pace", rate.slider.node, speed.slider.node);
  const words = h("div", { class: "kw-run-words" }, state, facts);
  const node = h(
    "section",
    { class: "kw-controls", "aria-label": "Training" },
    h("div", { class: "kw-controls-row" }, runs, sliders, words),
    hint,
  );

  const show = (): void => {
    const status = model.get("_status");
    const verbs = new Set<Verb>(model.get("_info")?.verbs);
    start.node.hidden = !verbs.has(running() ? "pause" : "start");
    start.setLabel(running() ? "Pause" : "Start", running() ? "pause" : "play");
    steps.hidden = !verbs.has("step");
    restart.node.hidden = seed.node.hidden = !verbs.has("restart");
    rate.slider.node.hidden = !verbs.has("learning_rate") || status?.learning_rate == null;
    speed.slider.node.hidden = !verbs.has("speed");
    rate.follow(status?.learning_rate ?? null);
    speed.follow(status?.max_steps_per_s ?? null);
    node.dataset.kwState = status?.state ?? "idle";
    setText(state, status?.text ?? "");
    setText(facts, status ? factsOf(status) : "");
    setText(hint, [status?.error, status?.hint].filter(Boolean).join(" "));
    hint.hidden = hint.textContent === "";
  };
  let scheduled = 0;
  const schedule = (): void => {
    scheduled ||= requestAnimationFrame(() => {
      scheduled = 0;
      show();
    });
  };
  cleanup.add(model.on("_status", schedule));
  cleanup.add(model.on("_info", schedule));
  cleanup.add(() => cancelAnimationFrame(scheduled));
  show();
  context.show({ parts: [] });
  return { node, destroy: () => cleanup.run() };
};

function factsOf(status: Status): string {
  const pace = status.steps_per_s;
  return [pace ? `${number(pace, 0, 2)} steps/s` : "", status.score_text, status.cost_text]
    .filter(Boolean)
    .join(" · ");
}

interface CommandSlider {
  label: string;
  scale: Parameters<typeof createSlider>[0]["scale"];
  format(value: number | null): string;
  command(value: number | null): AnyCommand;
}

/** A slider whose value is a command's: sent once per display frame while it moves. */
function createCommandSlider(
  send: (command: AnyCommand) => Promise<void>,
  { command, ...options }: CommandSlider,
): { slider: Slider; follow(value: number | null): void; destroy(): void } {
  let latest: number | null = null;
  let scheduled = 0;
  let unanswered = 0;
  const slider = createSlider({
    ...options,
    value: null,
    onInput(value) {
      latest = value;
      scheduled ||= requestAnimationFrame(async () => {
        scheduled = 0;
        unanswered++;
        await send(command(latest));
        unanswered--;
      });
    },
  });
  return {
    slider,
    // A status on its way must not pull the thumb back from under the hand.
    follow: (value) => void (unanswered > 0 || scheduled > 0 || slider.set(value)),
    destroy: () => cancelAnimationFrame(scheduled),
  };
}
