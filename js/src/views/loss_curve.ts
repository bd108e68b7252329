import { type CurvesPicture, drawCurves, type Stroke, stepAt } from "../draw/curves";
import { type Inks, readInks } from "../draw/inks";
import { axisFor, type Buckets, describeCurves, isShare, valuesAt } from "../lib/curves";
import { number } from "../lib/format";
import type { Frame } from "../model/frame";
import { createButton } from "../ui/button";
import { Cleanup, h, setAttribute, setText } from "../ui/dom";
import type { CreateView } from "./view";

const DASHES = [[], [5, 3], [2, 2], [8, 3, 2, 3]];
const COLORS = {
  light: ["#0b5cad", "#b35900", "#1a7f37", "#8250df"],
  dark: ["#79b8ff", "#f0a35e", "#56d364", "#d2a8ff"],
};
/** The sentence for screen readers follows at most this often. */
const SPOKEN_MS = 1000;

/** Loss and other logged values over training steps. */
export const createLossCurve: CreateView = (context) => {
  const { model, theme } = context;
  const cleanup = new Cleanup();
  const canvas = h("canvas", { role: "img", "aria-label": "No curve yet." });
  const plot = h("div", {
    class: "kw-plot",
    role: "group",
    tabindex: 0,
    "aria-label": "Curves: the arrow keys read values",
  });
  plot.append(canvas);
  const legend = h("div", { class: "kw-legend" });
  const title = h("h3", { class: "kw-title" }, "Loss");
  const scale = createButton({
    label: "Log scale",
    text: "Log",
    pressed: false,
    onPress: () => model.set("logarithmic", !model.get("logarithmic")),
  });
  const empty = h(
    "p",
    { class: "kw-empty" },
    "Nothing logged yet. In the training loop: ",
    h("code", {}, "live.log(loss=loss)"),
  );
  const node = h(
    "section",
    { class: "kw-curves", "aria-label": "Loss" },
    h("div", { class: "kw-row" }, title, legend, scale.node),
    plot,
    empty,
  );

  let curves: Buckets[] = [];
  let inks: Inks | null = null;
  let cursor: number | null = null;
  let picture: CurvesPicture | null = null;
  let size = { width: 0, height: 0 };
  let scheduled = 0;
  let spoken = 0;

  const take = ({ header, array }: Frame): void => {
    if (!header.curves) return;
    curves = header.curves.map((curve) => ({
      ...curve,
      steps: array(curve.steps).data,
      low: array(curve.low).data,
      high: array(curve.high).data,
    }));
    // What is trained on comes first, and keeps its color when others are logged later.
    curves.sort((a, b) => Number(isShare(a)) - Number(isShare(b)) || a.name.length - b.name.length);
    paint();
    spoken ||= window.setTimeout(() => {
      spoken = 0;
      setAttribute(canvas, "aria-label", describeCurves(curves));
    }, SPOKEN_MS);
  };
  const strokeOf = (i: number): Stroke => {
    const colors = theme.dark ? COLORS.dark : COLORS.light;
    return { color: colors[i % colors.length]!, dash: DASHES[i % DASHES.length]! };
  };

  const paint = (): void => {
    const drawn = curves.filter((curve) => curve.steps.length > 0);
    const logarithmic = model.get("logarithmic") ?? false;
    plot.hidden = scale.node.hidden = drawn.length === 0;
    empty.hidden = drawn.length > 0 || !model.frame;
    scale.setPressed(logarithmic);
    showLegend();
    if (drawn.length === 0 || size.width === 0) return;
    inks ??= readInks(node);
    const count = Math.max(2, Math.floor(size.height / 32));
    const losses = drawn.filter((curve) => !isShare(curve));
    const left = axisFor(losses, logarithmic, count);
    const right = axisFor(drawn.filter(isShare), false, count);
    picture = {
      ...size,
      curves,
      strokes: curves.map((_, i) => strokeOf(i)),
      axes: curves.map((curve) =>
        curve.steps.length === 0 ? null : isShare(curve) ? right : left,
      ),
      left,
      right,
      lastStep: Math.max(1, ...drawn.map((curve) => curve.steps[curve.steps.length - 1]!)),
      cursor,
      inks: inks,
    };
    drawCurves(canvas, picture);
  };

  let entries: HTMLElement[] = [];
  const showLegend = (): void => {
    if (entries.length !== curves.length) {
      entries = curves.map(() => h("span", {}, h("i", { "aria-hidden": "true" }), h("span", {})));
      legend.replaceChildren(...entries);
    }
    curves.forEach((curve, i) => {
      const { color, dash } = strokeOf(i);
      const [mark, text] = entries[i]!.children as unknown as [HTMLElement, HTMLElement];
      mark.style.borderTop = `2px ${dash.length === 0 ? "solid" : dash[0]! > 2 ? "dashed" : "dotted"} ${color}`;
      const lost = curve.nonfinite > 0 ? `, ${curve.nonfinite} not finite` : "";
      const last = curve.last === null ? "" : ` ${number(curve.last)}`;
      // Room for the digits to come, so that nothing moves.
      text.style.minWidth = `${curve.name.length + 5}ch`;
      setText(text, `${curve.name}${last}${lost}`);
    });
  };

  const schedule = (): void => {
    scheduled ||= requestAnimationFrame(() => {
      scheduled = 0;
      paint();
    });
  };
  const read = (step: number | null, speak = false): void => {
    cursor = step;
    schedule();
    if (step === null) return;
    if (speak) context.announce(valuesAt(curves, step));
    else context.say(valuesAt(curves, step));
  };
  cleanup.listen(plot, "pointermove", (event) => {
    if (picture) read(stepAt(picture, event.clientX - plot.getBoundingClientRect().left));
  });
  cleanup.listen(plot, "pointerleave", () => read(null));
  cleanup.listen(plot, "blur", () => read(null));
  cleanup.listen(plot, "keydown", (event) => {
    event.stopPropagation();
    if (!picture || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    event.preventDefault();
    const step = Math.max(1, Math.round(picture.lastStep / 50));
    const next = (cursor ?? picture.lastStep) + (event.key === "ArrowLeft" ? -step : step);
    read(Math.min(picture.lastStep, Math.max(0, next)), true);
  });
  const observer = new ResizeObserver(([entry]) => {
    const { width, height } = entry!.contentRect;
    size = { width: Math.floor(width), height: Math.floor(height) };
    schedule();
  });
  observer.observe(plot);
  cleanup.add(() => observer.disconnect());
  cleanup.add(() => cancelAnimationFrame(scheduled));
  cleanup.add(() => clearTimeout(spoken));
  cleanup.add(model.onFrame(take));
  cleanup.add(model.on("logarithmic", schedule));
  cleanup.add(
    theme.onChange(() => {
      inks = null;
      schedule();
    }),
  );
  paint();
  context.show({ parts: ["curves"] });
  return { node, destroy: () => cleanup.run() };
};
