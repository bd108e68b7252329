import { createColors } from "../explorer/colors";
import { createPanel, type Panel } from "../explorer/panel";
import { ringAt } from "../explorer/scene";
import { brief } from "../explorer/words";
import type { Plane } from "../lib/convolution";
import { fixed, number } from "../lib/format";
import { createButton } from "../ui/button";
import { h, setAttribute, setText } from "../ui/dom";
import { listenToTyping } from "../ui/number";
import { createGroup, createRow } from "../ui/toolbar";
import type { Context } from "../views/view";
import { type Facts, unitFor } from "./facts";
import { KERNEL_PX, kernelCell } from "./layout";
import { type CellHands, listenToCells } from "./picking";
import type { Store } from "./store";
import type { Walk } from "./walk";
import { cellText, unitText } from "./words";

/** Where neither a hand nor an optimizer has said how far to go. */
const RATE = 0.1;
const TWEEN_MS = 600;

/** w − learning rate · gradient, cell by cell; and the step itself, into the network. */
export function createStep(context: Context, store: Store, hands: CellHands, walk: Walk) {
  const { model, theme } = context;
  let { dark } = theme;
  let colors = createColors(dark);
  let moved: { from: ArrayLike<number>; at: number } | null = null;
  let taken: { loss: number | null; header: unknown } | null = null;
  let now: Facts | null = null;
  let frame = 0;
  let unit = 0;

  const rateNow = (): number => store.get("learning_rate") ?? store.get("_rate") ?? RATE;
  const rate = h("input", { type: "number", min: 0, step: "any" });
  const showRate = listenToTyping(rate, () => {
    const value = rate.valueAsNumber;
    store.set({ learning_rate: value > 0 && Number.isFinite(value) ? value : null });
  });
  const scale = (by: number): void =>
    store.set({ learning_rate: Number((rateNow() * by).toPrecision(6)) });
  const play = createButton({
    label: "Play",
    icon: "play",
    title: "Cell by cell (Space)",
    onPress: () => walk.toggle(),
  });
  const take = createButton({ label: "Take this step", primary: true, onPress: () => write() });
  const back = createButton({
    label: "Undo",
    icon: "undo",
    onPress: () => send({ op: "undo" }),
  });
  const tools = createRow(
    play.node,
    createGroup(
      "Cells",
      createButton({ label: "Cell back", text: "‹", onPress: () => walk.by(-1) }).node,
      createButton({ label: "Cell on", text: "›", onPress: () => walk.by(1) }).node,
    ),
    createGroup(
      "Learning rate",
      h("label.kw-number", {}, "Learning rate", rate),
      createButton({ label: "Half the learning rate", text: "÷ 2", onPress: () => scale(0.5) })
        .node,
      createButton({ label: "Twice the learning rate", text: "× 2", onPress: () => scale(2) }).node,
    ),
    take.node,
    back.node,
  );
  const panels = [createPanel(), createPanel(), createPanel()] as const;
  for (const panel of panels) listenToCells(panel, hands);
  const sign = (text: string): HTMLElement => h("span", { class: "kw-x-sign" }, text);
  const stage = h(
    "div.kw-x-grad-stage",
    { "data-kw-step": true },
    panels[0].node,
    sign("−"),
    panels[1].node,
    sign("="),
    panels[2].node,
  );
  const sum = h("div", { class: "kw-x-terms", "data-kw-new": true });
  const hint = h("span.kw-quiet");
  const node = h(
    "div.kw-x-grad-part",
    {},
    h("h3.kw-title", {}, "The step: w ← w − learning rate · gradient"),
    tools,
    stage,
    h("div", { class: "kw-x-grad-sum" }, sum, hint),
  );

  const still = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const send = async (command: Parameters<typeof model.command>[0]): Promise<void> => {
    if (!now) return;
    const before = { from: now.weight.data, at: performance.now() };
    taken = { loss: now.header.loss, header: now.header };
    const answer = await model.command(command);
    if (answer.ok) moved = still() ? null : { ...before, at: performance.now() };
    else {
      taken = null;
      context.announce(answer.error);
    }
    model.repaint();
  };
  const write = (): void => {
    if (!now) return;
    const { first, layer } = now.header;
    const values = Array.from(stepped(now, rateNow()).data);
    void send({ op: "edit", layer, cells: values.map((_, i) => first + i), values });
  };

  /** The kernel on its way to where a step has brought it. */
  const onItsWay = (plane: Plane): Plane => {
    const part = moved ? (performance.now() - moved.at) / TWEEN_MS : 1;
    if (!moved || part >= 1) {
      moved = null;
      return plane;
    }
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(model.repaint);
    const eased = part * part * (3 - 2 * part);
    const { from } = moved;
    return {
      ...plane,
      data: Array.from(plane.data, (to, i) => from[i]! + eased * (to - from[i]!)),
    };
  };
  const tell = (facts: Facts): void => {
    if (!taken || taken.header === facts.header) return;
    const { loss } = facts.header;
    if (loss !== null && taken.loss !== null) {
      context.announce(`Loss ${brief(taken.loss)} → ${brief(loss)}`);
    }
    taken = null;
  };

  return {
    node,
    draw(facts: Facts, cell: number): void {
      now = facts;
      if (dark !== theme.dark) {
        dark = theme.dark;
        colors = createColors(dark);
        for (const panel of panels) panel.restyle();
      }
      tell(facts);
      const learning = rateNow();
      const gradient = facts.gradientOf("all");
      const step = Array.from(gradient.data, (g) => learning * facts.unit * g);
      unit = unitFor(Math.max(...step.map(Math.abs)), unit);
      const scaled = { ...gradient, data: step.map((change) => change / unit) };
      const result = stepped(facts, learning);
      const coloring = colors("kernel", [facts.weight, result], false, true);
      const room = ((stage.clientWidth || 760) - 2 * 56) / 3;
      const size = kernelCell(gradient, Math.max(130, Math.min(room, KERNEL_PX)));
      const marks = [ringAt(Math.floor(cell / gradient.columns), cell % gradient.columns)];
      const common = { ...coloring, cell: size, barsPx: 0, marks };
      panels[0].draw({ ...common, plane: onItsWay(facts.weight) });
      panels[1].draw({
        ...common,
        // The step would be invisible in the colors of the weights.
        ...colors("step", [scaled], false, true),
        plane: scaled,
        filled: walk.done,
      });
      panels[2].draw({ ...common, plane: result, filled: walk.done });
      const at = cellText(facts, cell);
      const [old, by, fresh] = [facts.weight.data[cell]!, step[cell]!, result.data[cell]!];
      // So many decimals that the change can be seen.
      const places =
        by === 0 ? 4 : Math.max(4, Math.min(9, 1 - Math.floor(Math.log10(Math.abs(by)))));
      const slope = number(gradient.data[cell]! * facts.unit);
      say(panels[0], "Kernel", "", `Kernel, ${at}: ${fixed(old, places)}`);
      say(
        panels[1],
        `${brief(learning)} · gradient`,
        unitText(unit) && `in ${unitText(unit).slice(3)}`,
        `Its step, ${at}: ${number(by)}`,
      );
      say(panels[2], "New kernel", "", `New kernel, ${at}: ${fixed(fresh, places)}`);
      setText(
        sum,
        `${fixed(old, places)} − ${brief(learning)} · ${slope.startsWith("−") ? `(${slope})` : slope} = ${fixed(fresh, places)}`,
      );
      const byHand = store.get("_by_hand");
      const alone = store.get("_layers").length === 0;
      take.node.hidden = back.node.hidden = alone;
      take.setEnabled(byHand);
      back.setEnabled(byHand);
      setText(
        hint,
        byHand || alone
          ? "The plain step of gradient descent, of all samples; optimizers such as Adam scale it for each weight."
          : "While training runs it takes its own steps; pause it to take one by hand.",
      );
      showRate(String(Number(learning.toPrecision(4))));
      play.setLabel(walk.playing ? "Pause" : "Play", walk.playing ? "pause" : "play");
    },
    destroy: () => cancelAnimationFrame(frame),
  };
}

function stepped({ weight, gradientOf, unit }: Facts, rate: number): Plane {
  const { data } = gradientOf("all");
  return { ...weight, data: Array.from(weight.data, (w, i) => w - rate * unit * data[i]!) };
}

function say(panel: Panel, title: string, note: string, sentence: string): void {
  panel.say(title, note, sentence);
  setAttribute(panel.frame, "aria-label", `${title}: arrow keys choose a cell`);
}
