import { h, setAttribute, setText } from "../ui/dom";
import type { Context, View } from "../views/view";
import { createChoices } from "./choices";
import { createCorrelation } from "./correlation";
import type { Facts, Sample } from "./facts";
import { createStep } from "./step";
import type { Store } from "./store";
import { createWalk } from "./walk";
import { cellSentence } from "./words";

const WHAT =
  "A cell's gradient sums what the cell touched times what the output should change: the gradient of a kernel is the correlation (⋆) of the layer's input with the gradient of its output.";
const SPOKEN_MS = 300;

/** Where a kernel's gradient comes from, and the step that it leads to. */
export function createGradient(context: Context, store: Store): View {
  const { model } = context;
  let spoken = 0;

  const columns = (): number => store.facts?.weight.columns ?? 1;
  const count = (): number => store.facts?.weight.data.length ?? 1;
  /** The chosen cell, counted row by row. */
  const cell = (): number => {
    const place = store.get("cell");
    const [row, column] = place.length > 1 ? place : [0, place[0]];
    return Math.min(count() - 1, (row ?? 0) * columns() + (column ?? 0));
  };
  const sample = (facts: Facts): Sample => {
    const chosen = store.get("sample") as Sample;
    return chosen === "all" || chosen < facts.header.samples.length ? chosen : "all";
  };
  const speak = (): void => {
    clearTimeout(spoken);
    spoken = window.setTimeout(() => {
      const { facts } = store;
      if (facts) context.announce(cellSentence(facts, cell(), sample(facts)));
    }, SPOKEN_MS);
  };
  const goTo = (next: number): void => {
    const at = Math.max(0, Math.min(count() - 1, next));
    const [row, column] = [Math.floor(at / columns()), at % columns()];
    store.set({ cell: store.facts?.flat ? [column] : [row, column] });
    model.repaint();
    speak();
  };
  const walk = createWalk(count, goTo);
  const hands = {
    pin(row: number, column: number): void {
      walk.rest();
      goTo(row * columns() + column);
    },
    move(rows: number, across: number): void {
      walk.rest();
      const at = (cell() % columns()) + across;
      if (at < 0 || at >= columns()) return;
      const next = cell() + rows * columns() + across;
      if (next >= 0 && next < count()) goTo(next);
    },
    end(last: boolean): void {
      walk.rest();
      goTo(last ? count() - 1 : 0);
    },
    toggle: () => walk.toggle(),
    choose: (nth: number): void => store.set({ sample: nth }),
  };
  const choices = createChoices(store);
  const missing = h("p.kw-warn kw-x-problem", { role: "status" });
  const correlation = createCorrelation(context, hands);
  const step = createStep(context, store, hands, walk);
  const node = h(
    "section.kw-x-grad",
    { "aria-label": "Gradient of a kernel" },
    choices.node,
    missing,
    h("p.kw-quiet", {}, WHAT),
    correlation.node,
    step.node,
  );

  context.onPaint(() => {
    const all = store.facts;
    const facts = all ? all.of(sample(all)) : null;
    setText(missing, store.missing && `There is no gradient: ${store.missing}`);
    choices.refresh(facts);
    correlation.node.hidden = step.node.hidden = !facts;
    setAttribute(node, "data-kw-at", facts?.header.step);
    if (!facts) return;
    correlation.draw(facts, cell(), sample(facts));
    step.draw(facts, cell());
  });
  const observer = new ResizeObserver(model.repaint);
  observer.observe(node);
  context.onEnd(() => {
    observer.disconnect();
    clearTimeout(spoken);
    walk.rest();
    step.destroy();
  });
  context.show({ parts: ["selected"] });
  return { node };
}
