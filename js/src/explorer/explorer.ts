import { h, setAttribute, setText } from "../ui/dom";
import type { Context, View } from "../views/view";
import { createControls } from "./controls";
import { createEquation } from "./equation";
import { createExploration } from "./exploration";
import { createNotes } from "./notes";
import { createPictures } from "./pictures";
import { createStage } from "./stage";
import type { Store } from "./store";
import { createTransport } from "./transport";
import { outputSentence } from "./words";

const SPOKEN_MS = 300;

/** Input, kernel and output side by side, with every sum written out. */
export function createExplorer(context: Context, store: Store): View {
  const { model } = context;
  const exploration = createExploration(store, async (cell, value) => {
    const { layer, first } = store.get("_live")!;
    const answer = await model.command({
      op: "edit",
      layer,
      cells: [first + cell],
      values: [value],
    });
    if (!answer.ok) context.announce(answer.error);
  });
  let spoken = 0;
  const speak = (): void => {
    transport.pause();
    clearTimeout(spoken);
    spoken = window.setTimeout(() => {
      exploration.refresh();
      const { result, place } = exploration;
      if (result) context.announce(outputSentence(result, ...place));
    }, SPOKEN_MS);
  };
  const stage = createStage(context, store, exploration, {
    pin(row, column) {
      speak();
      exploration.goTo(row * (exploration.result?.maps[0]?.columns ?? 1) + column);
    },
    move(rows, columns) {
      speak();
      exploration.moveBy(rows, columns);
    },
    toggle: () => transport.toggle(),
    end(last) {
      speak();
      exploration.goTo(last ? exploration.count - 1 : 0);
    },
  });
  const equation = createEquation(stage.point);
  const transport = createTransport(exploration);
  const notes = createNotes();
  const problem = h("p", { class: "kw-x-problem kw-warn", role: "status" });
  const pictures = createPictures(store, exploration, context);
  const controls = createControls(store, exploration, pictures.node, context.announce);
  const node = h(
    "section",
    { class: "kw-x", "aria-label": "Convolution explorer" },
    controls.node,
    problem,
    stage.node,
    equation.node,
    transport.node,
    notes.node,
  );

  context.onPaint(() => {
    exploration.refresh();
    const { result, place } = exploration;
    setText(problem, exploration.problem && `There is no output: ${exploration.problem}.`);
    controls.refresh();
    stage.draw(pictures.filming);
    equation.show(result, place, !stage.previewing);
    transport.refresh();
    notes.show(result, store);
    setAttribute(node, "data-kw-position", result ? place.join() : null);
  });
  const observer = new ResizeObserver(model.repaint);
  observer.observe(node);
  context.onEnd(() => {
    observer.disconnect();
    clearTimeout(spoken);
    transport.pause();
    stage.destroy();
    pictures.destroy();
  });
  context.show({ parts: ["selected"] });
  return { node };
}
