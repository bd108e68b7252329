import type { Model } from "../model/model";
import { h, keyOf, setAttribute, setChildren, setText } from "../ui/dom";
import type { Context } from "./view";

/** Stops at a step of what was recorded, or at the end that is nearer. */
export function goTo(model: Model, step: number): number {
  const { first, last } = model.get("_timeline")!;
  const at = Math.min(last, Math.max(first, step));
  if (model.get("playing")) model.set("playing", false);
  model.set("at", at);
  return at;
}

/** A slider over the steps of what was recorded, with a tick where a hand reached in. */
export function createScrubber({ model, onPaint, announce }: Context) {
  const line = () => model.get("_timeline")!;
  const at = (): number => model.get("at") ?? line().last;
  const marksAt = (step: number): string => {
    const marks = line().marks.filter((mark) => mark.step === step);
    return [...new Set(marks.map(({ text }) => text))].join(", ");
  };
  /** Goes to the recorded step before or after, or with `marked` to the one that has a mark. */
  const move = (way: number, marked = false): void => {
    const { first, last, steps, marks } = line();
    const places = marked ? marks.map(({ step }) => step) : steps;
    const now = at();
    const next =
      places.length === 0
        ? now + way * Math.ceil((last - first) / 100)
        : way > 0
          ? places.find((step) => step > now)
          : places.findLast((step) => step < now);
    if (next === undefined) return;
    const step = goTo(model, next);
    if (marksAt(step)) announce(`Step ${step}: ${marksAt(step)}`);
  };
  const input = h("input", {
    type: "range",
    "aria-label": "Step",
    input: () => goTo(model, input.valueAsNumber),
    keydown(event: KeyboardEvent) {
      const way = keyOf(event, { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 });
      if (way) move(way, event.shiftKey);
    },
  });
  const ticks = h("div.kw-ticks", { "aria-hidden": "true" });
  const words = h("span.kw-value", { "aria-hidden": "true" });
  onPaint(() => {
    if (!model.get("_timeline")) return;
    const { first, last, marks } = line();
    const mark = marksAt(at());
    setAttribute(input, "min", first);
    setAttribute(input, "max", last);
    if (input.valueAsNumber !== at()) input.value = String(at());
    setAttribute(input, "aria-valuetext", `step ${at()} of ${last}${mark && `: ${mark}`}`);
    setText(words, String(at()));
    words.style.minWidth = `${String(last).length + 1}ch`;
    words.classList.toggle("kw-warn", mark !== "");
    setAttribute(words, "title", mark || null);
    const places = marks.map(({ step }) =>
      Math.round((100 * (step - first)) / (last - first || 1)),
    );
    setChildren(ticks, [...new Set(places)], (percent) => h("i", { style: `left: ${percent}%` }));
  });
  return { node: h("div.kw-scrubber", {}, h("div.kw-track", {}, ticks, input), words), at, move };
}
