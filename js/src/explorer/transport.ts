import { createButton } from "../ui/button";
import { h, setAttribute } from "../ui/dom";
import { createSelect } from "../ui/select";
import { createGroup, createRow } from "../ui/toolbar";
import type { Exploration } from "./exploration";

const SPEEDS = ["1", "2", "4", "10", "40", "200", "1000"];

/** Play, pause, steps, speed, and a slider to scrub both ways. */
export interface Transport {
  readonly node: HTMLElement;
  readonly playing: boolean;
  toggle(): void;
  pause(): void;
  refresh(): void;
  destroy(): void;
}

export function createTransport(exploration: Exploration): Transport {
  let playing = false;
  let frame = 0;
  let due = 0;
  let before = 0;
  let perSecond = 4;

  const play = createButton({
    label: "Play",
    icon: "play",
    primary: true,
    title: "Slide the window (Space)",
    onPress: () => toggle(),
  });
  const step = (by: number): void => {
    pause();
    exploration.goTo(exploration.index + by);
  };
  const back = createButton({ label: "Step back", text: "‹", onPress: () => step(-1) });
  const on = createButton({ label: "Step on", text: "›", onPress: () => step(1) });
  const scrub = h("input", {
    type: "range",
    min: 0,
    step: 1,
    "aria-label": "Position of the window",
  });
  scrub.addEventListener("input", () => {
    pause();
    exploration.goTo(scrub.valueAsNumber);
  });
  const speed = createSelect({
    label: "Speed",
    showLabel: true,
    options: SPEEDS.map((each) => ({ value: each, text: `${each} / s` })),
    value: "4",
    onChange(value) {
      perSecond = Number(value);
    },
  });
  const node = createRow(
    play.node,
    createGroup("Steps", back.node, on.node),
    h("label", { class: "kw-slider kw-x-scrub" }, scrub),
    speed.node,
  );

  const tick = (now: number): void => {
    due += ((now - before) / 1000) * perSecond;
    before = now;
    const whole = Math.floor(due);
    due -= whole;
    if (whole > 0) exploration.goTo(exploration.index + whole);
    frame = requestAnimationFrame(tick);
  };
  const pause = (): void => {
    if (!playing) return;
    playing = false;
    cancelAnimationFrame(frame);
    play.setLabel("Play", "play");
  };
  const toggle = (): void => {
    if (playing) {
      pause();
      return;
    }
    playing = true;
    due = 0;
    before = performance.now();
    play.setLabel("Pause", "pause");
    frame = requestAnimationFrame(tick);
  };
  return {
    node,
    get playing() {
      return playing;
    },
    toggle,
    pause,
    refresh() {
      const last = String(Math.max(0, exploration.count - 1));
      if (scrub.max !== last) scrub.max = last;
      const value = String(exploration.index);
      if (scrub.value !== value) scrub.value = value;
      setAttribute(
        scrub,
        "aria-valuetext",
        `output ${exploration.index + 1} of ${exploration.count}`,
      );
      node.inert = exploration.count === 0;
      if (exploration.count === 0) pause();
    },
    destroy: pause,
  };
}
