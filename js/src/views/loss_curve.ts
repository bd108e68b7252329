import { drawCurves, type Line } from "../draw/curves";
import { readInks } from "../draw/inks";
import {
  axisFor,
  type Buckets,
  bucketAt,
  describeCurves,
  isBegun,
  isShare,
  valuesAt,
} from "../lib/curves";
import { number } from "../lib/format";
import { createButton } from "../ui/button";
import { h, keyOf, setAttribute, setChildren, setText } from "../ui/dom";
import { goTo } from "./scrubber";
import type { CreateView } from "./view";

const DASHES = [[], [5, 3], [2, 2], [8, 3, 2, 3]];
const BORDERS = ["solid", "dashed", "dotted", "dashed"];
const COLORS = [
  ["#0b5cad", "#79b8ff"],
  ["#b35900", "#f0a35e"],
  ["#1a7f37", "#56d364"],
  ["#8250df", "#d2a8ff"],
] as const;
/** The sentence for screen readers follows at most this often. */
const SPOKEN_MS = 1000;

/** Length of a value's name; several runs log the same ones, and stay in their order. */
const letters = ({ name }: Buckets): number => name.split(": ").at(-1)!.length;

/** Loss and other logged values over training steps. */
export const createLossCurve: CreateView = (context) => {
  const { model, theme, say, announce } = context;
  let curves: Buckets[] = [];
  let taken: unknown = null;
  let cursor: number | null = null;
  let width = 0;
  let height = 0;
  let lastStep = 1;
  let stepAt: ((x: number) => number) | null = null;
  let spoken = 0;

  const canvas = h("canvas", { role: "img", "aria-label": "No curve yet." });
  const legend = h("span.kw-legend kw-quiet");
  const scale = createButton({
    label: "Log scale",
    text: "Log",
    pressed: false,
    onPress: () => model.set("logarithmic", !model.get("logarithmic")),
  });
  const empty = h(
    "p.kw-empty kw-quiet",
    {},
    "Nothing logged yet. In the training loop: ",
    h("code", {}, "live.log(loss=loss)"),
  );
  const read = (step: number | null, speak = say): void => {
    cursor = step;
    model.repaint();
    if (step !== null) speak(valuesAt(curves, step));
  };
  const leave = (): void => read(null);
  const point = ({ clientX, buttons }: PointerEvent): void => {
    if (!stepAt) return;
    const step = stepAt(clientX - plot.getBoundingClientRect().left);
    read(step);
    if (model.get("_timeline") && buttons & 1) goTo(model, step);
  };
  const plot = h(
    "div.kw-plot",
    {
      role: "group",
      tabindex: 0,
      "aria-label": "Curves: the arrow keys read values",
      pointermove: point,
      pointerdown: point,
      pointerleave: leave,
      blur: leave,
      keydown(event: KeyboardEvent) {
        const way = keyOf(event, { ArrowLeft: -1, ArrowRight: 1 });
        if (!way || !stepAt) return;
        const next = (cursor ?? lastStep) + way * Math.max(1, Math.round(lastStep / 50));
        read(Math.min(lastStep, Math.max(0, next)), announce);
      },
    },
    canvas,
  );
  const title = h("h3.kw-title");
  const node = h(
    "section.kw-curves kw-stack",
    { "aria-label": "Loss" },
    h("div", {}, title, scale.node, legend),
    plot,
    empty,
  );

  const take = (): void => {
    const { frame } = model;
    const list = frame?.header.curves;
    if (!list || list === taken) return;
    taken = list;
    curves = list.map((curve) => ({
      ...curve,
      steps: frame.array(curve.steps).data,
      low: frame.array(curve.low).data,
      high: frame.array(curve.high).data,
    }));
    // What is trained on comes first, and keeps its color when others are logged later.
    curves.sort((a, b) => Number(isShare(a)) - Number(isShare(b)) || letters(a) - letters(b));
    spoken ||= window.setTimeout(() => {
      spoken = 0;
      setAttribute(canvas, "aria-label", describeCurves(curves));
    }, SPOKEN_MS);
  };
  const showLegend = (lines: readonly Line[]): void => {
    const at = model.get("at");
    const items = lines.map(({ curve, color }, nth) => {
      const { name, nonfinite } = curve;
      const last = at == null ? curve.last : (curve.high[bucketAt(curve, at)] ?? null);
      const lost = nonfinite > 0 ? `, ${nonfinite} not finite` : "";
      return [
        `border-top: 2px ${BORDERS[nth % 4]} ${color}`,
        // Room for the digits to come, so that nothing moves.
        `min-width: calc(24px + ${name.length + 5}ch)`,
        `${name}${last === null ? "" : ` ${number(last)}`}${lost}`,
      ] as const;
    });
    setChildren(legend, items, ([border, room, text]) =>
      h("span", { style: room }, h("i", { style: border }), text),
    );
  };

  context.onPaint(() => {
    take();
    const logarithmic = !!model.get("logarithmic");
    const drawn = curves.filter(isBegun);
    const some = drawn.length > 0;
    plot.hidden = !some;
    // Shares have no logarithm to choose.
    scale.node.hidden = drawn.every(isShare);
    empty.hidden = some || !model.frame;
    scale.setPressed(logarithmic);
    const count = Math.max(2, Math.floor(height / 32));
    const left = axisFor(
      drawn.filter((curve) => !isShare(curve)),
      logarithmic,
      count,
    );
    const right = axisFor(drawn.filter(isShare), false, count);
    setText(title, right && !left ? "Score" : "Loss");
    const lines = curves.map((curve, nth) => ({
      curve,
      color: COLORS[nth % 4]![theme.dark ? 1 : 0],
      dash: DASHES[nth % 4]!,
      axis: isShare(curve) ? right : left,
    }));
    showLegend(lines);
    if (!some || !width) return;
    const inks = readInks(node);
    const at = model.get("at");
    const rules: [number, string][] = at == null ? [] : [[at, inks.accent]];
    if (cursor !== null) rules.push([cursor, inks.soft]);
    lastStep = Math.max(1, ...drawn.map(({ steps }) => steps[steps.length - 1]!));
    stepAt = drawCurves(canvas, width, height, lines, left, right, lastStep, rules, inks);
  });
  const observer = new ResizeObserver(([entry]) => {
    width = Math.floor(entry!.contentRect.width);
    height = Math.floor(entry!.contentRect.height);
    model.repaint();
  });
  observer.observe(plot);
  context.onEnd(() => {
    observer.disconnect();
    clearTimeout(spoken);
  });
  context.show({ parts: ["curves"] });
  return { node };
};
