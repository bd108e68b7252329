import { createColors } from "../explorer/colors";
import { createPanel, type Mark } from "../explorer/panel";
import { rangeOf, ringAt, shapeText } from "../explorer/scene";
import { brief, placeText } from "../explorer/words";
import type { Plane } from "../lib/convolution";
import { h, setAttribute } from "../ui/dom";
import type { Context } from "../views/view";
import { createEquation, type Pointed } from "./equation";
import { type Facts, type Sample, touched } from "./facts";
import { createGallery } from "./gallery";
import { sizesFor } from "./layout";
import { type CellHands, listenToCells } from "./picking";
import { cellSentence, cellText, nameOf, unitText } from "./words";

interface Hands extends CellHands {
  choose(sample: number): void;
}

/** Input ⋆ gradient of the output = gradient of the kernel, and the sum behind one of its cells. */
export function createCorrelation(context: Context, hands: Hands) {
  const { model, theme } = context;
  let { dark } = theme;
  let colors = createColors(dark);
  let pointed: Pointed = null;
  let now: Facts | null = null;
  let selected = 0;

  const point = (next: Pointed): void => {
    if (next?.row === pointed?.row && next?.column === pointed?.column) return;
    pointed = next;
    model.repaint();
  };
  const pick = (nth: number): void => {
    const facts = now;
    if (facts && facts.inputs.length > 1) hands.choose(facts.shown[nth]!);
  };
  const inputs = createGallery("input", {
    pick,
    hover(nth, at) {
      const value = at && now?.inputs[nth]?.data[at[0] * now.inputs[nth]!.columns + at[1]];
      if (at && value !== undefined && value !== null) {
        context.say(`Input ${placeText(now!.inputs[nth]!.rows, ...at)} = ${brief(value)}`);
      }
    },
  });
  const outputs = createGallery("output", {
    pick,
    hover(nth, at) {
      const plane = now?.outputs[nth];
      if (!at || !plane || !now) {
        point(null);
        return;
      }
      const { row, column, steps } = touched(now, selected);
      const input = now.inputs[nth]!;
      const from = (row + at[0] * steps[0]) * input.columns + column + at[1] * steps[1];
      const [value, gradient] = [input.data[from]!, plane.data[at[0] * plane.columns + at[1]]!];
      context.say(
        `Output gradient ${placeText(plane.rows, ...at)}: ${brief(value)} · ${brief(gradient)} = ${brief(value * gradient)}${unitText(now.unit)}`,
      );
      point({ row: at[0], column: at[1] });
    },
  });
  const result = createPanel();
  listenToCells(result, hands);
  setAttribute(result.node, "data-kw-gallery", "gradient");
  const equation = createEquation({
    point,
    choose: hands.choose,
    light(sample) {
      const nth = now && now.inputs.length > 1 ? now.shown.indexOf(sample) : -1;
      inputs.light(nth);
      outputs.light(nth);
    },
  });
  const sign = (text: string): HTMLElement => h("span", { class: "kw-x-sign" }, text);
  const star = h("span", { class: "kw-x-sign kw-x-star" }, "⋆");
  const stage = h(
    "div.kw-x-grad-stage",
    {},
    inputs.node,
    star,
    outputs.node,
    sign("="),
    result.node,
  );
  const node = h("div.kw-x-grad-part", {}, stage, equation.node);

  const marksOn = (facts: Facts, where: "input" | "output"): Mark[] => {
    const plane = facts.outputs[0];
    if (!plane) return [];
    const { row, column, steps } = touched(facts, selected);
    const many = facts.flat && facts.inputs.length > 1;
    const rows = many ? facts.inputs.length : plane.rows;
    if (where === "output") {
      return pointed ? [ringAt(pointed.row, pointed.column)] : [];
    }
    const patch: Mark = { row, column, rows, columns: plane.columns, steps, kind: "ring" };
    if (!pointed) return [patch];
    const at = ringAt(row + pointed.row * steps[0], column + pointed.column * steps[1]);
    return [patch, { ...at, kind: "dots" }];
  };

  return {
    node,
    draw(facts: Facts, chosen: number, sample: Sample): void {
      now = facts;
      selected = chosen;
      if (dark !== theme.dark) {
        dark = theme.dark;
        colors = createColors(dark);
        for (const each of [inputs, outputs, result]) each.restyle();
      }
      const { header, flat } = facts;
      const gradient = facts.gradientOf(sample);
      const unit = unitText(facts.unit);
      const there = facts.inputs.length > 0;
      const many = facts.inputs.length > 1;
      // Signals lie below each other like the rows of one picture.
      const [x, g] = [facts.inputs, facts.outputs].map((planes) =>
        flat && many ? [stacked(planes)] : planes,
      ) as [readonly Plane[], readonly Plane[]];
      const sizes = sizesFor(
        stage.clientWidth || 760,
        flat && !many,
        x.length,
        x[0] ?? gradient,
        gradient,
      );
      inputs.node.hidden = outputs.node.hidden = star.hidden = !there;
      setAttribute(stage, "data-kw-flat", flat && !many);
      if (there) {
        const pads = header.padding.flat();
        const padding = (flat ? [0, 0, ...pads] : pads) as [number, number, number, number];
        const name = (nth: number): string =>
          flat && many ? "all samples" : nameOf(facts, facts.shown[nth]!);
        const label = (nth: number): string => header.samples[facts.shown[nth]!]!;
        const { cell, bars, across } = sizes;
        const common = { cell, bars, across, nameOf: label };
        inputs.draw({
          ...common,
          padding,
          title: `Input of ${header.layer}`,
          note: `${factsText(x)}${pads.some((cells) => cells > 0) ? ", padded" : ""}`,
          planes: x,
          coloring: colors("input", x, !flat, true),
          marks: marksOn(facts, "input"),
          sentenceOf: (nth) =>
            `Input of ${header.layer}, ${name(nth)}: ${factsText([x[nth]!])}; ringed is what the cell at ${cellText(facts, chosen)} touches`,
        });
        outputs.draw({
          ...common,
          title: "Gradient of its output",
          note: factsText(g) + unit,
          planes: g,
          coloring: colors("output", g, false, true),
          marks: marksOn(facts, "output"),
          sentenceOf: (nth) =>
            `Gradient of the output, ${name(nth)}: ${factsText([g[nth]!])}${unit}`,
        });
      }
      const rows = gradient.columns;
      result.draw({
        ...colors("gradient", [gradient], false, true),
        plane: gradient,
        digits: 3,
        cell: sizes.kernel,
        barsPx: 0,
        marks: [ringAt(Math.floor(chosen / rows), chosen % rows)],
      });
      const title = sample === "all" ? "Gradient of the kernel" : "Its share of the gradient";
      result.say(
        title,
        unit.slice(3) && `in\u00a0${unit.slice(3)}`,
        cellSentence(facts, chosen, sample),
      );
      setAttribute(result.frame, "aria-label", "Gradient of the kernel: arrow keys choose a cell");
      equation.show(facts, chosen, sample);
    },
  };
}

function stacked(planes: readonly Plane[]): Plane {
  const { columns } = planes[0]!;
  const data = new Float32Array(planes.length * columns);
  planes.forEach((plane, row) => {
    data.set(plane.data as Float32Array | Float64Array, row * columns);
  });
  return { data, rows: planes.length, columns };
}

function factsText(planes: readonly Plane[]): string {
  const ranges = planes.map(({ data }) => rangeOf(data));
  const low = Math.min(...ranges.map(([least]) => least));
  const high = Math.max(...ranges.map(([, most]) => most));
  const count = planes.length > 1 ? `${planes.length} of ` : "";
  return `${count}${shapeText(planes[0]!)}, ${brief(low, 2)} to ${brief(high, 2)}`;
}
