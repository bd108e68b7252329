import type { HostModel } from "../model/host";
import { Cleanup, h, setAttribute, setText } from "../ui/dom";
import type { Context, View } from "../views/view";
import { createControls } from "./controls";
import { createEquation } from "./equation";
import { createExploration } from "./exploration";
import { createNotes } from "./notes";
import { createPictures } from "./pictures";
import { createStage } from "./stage";
import { createStore } from "./store";
import { createTransport } from "./transport";
import { outputSentence } from "./words";

const SPOKEN_MS = 300;

/** Input, kernel and output side by side, with every sum written out. */
export function createExplorer(context: Context, host: HostModel): View {
  const cleanup = new Cleanup();
  const store = createStore(host);
  const exploration = createExploration(store, async (cell, value) => {
    const live = store.get("_live");
    if (!live) return;
    const edit = {
      op: "edit" as const,
      layer: live.layer,
      cells: [live.first + cell],
      values: [value],
    };
    const answer = await context.model.command(edit);
    if (!answer.ok) context.announce(answer.error);
  });
  let scheduled = 0;
  let spoken = 0;
  const schedule = (): void => {
    scheduled ||= requestAnimationFrame(update);
  };

  const stage = createStage(context, store, exploration, {
    changed: schedule,
    pin(row, column) {
      transport.pause();
      exploration.goTo(row * (exploration.result?.maps[0]?.columns ?? 1) + column);
      schedule();
      speak();
    },
    move(rows, columns) {
      transport.pause();
      exploration.moveBy(rows, columns);
      speak();
    },
    toggle: () => transport.toggle(),
    end: (last) => exploration.goTo(last ? exploration.count - 1 : 0),
  });
  const equation = createEquation((term) => stage.point(term));
  const transport = createTransport(exploration);
  const notes = createNotes();
  const problem = h("p", { class: "kw-x-problem", role: "status" });
  const pictures = createPictures(store, context, () => node);
  const controls = createControls({
    store,
    exploration,
    pictures: pictures.node,
    announce: context.announce,
  });
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

  const update = (): void => {
    scheduled = 0;
    exploration.refresh();
    const { result } = exploration;
    setText(problem, exploration.problem ? `There is no output: ${exploration.problem}.` : "");
    problem.hidden = exploration.problem === "";
    controls.refresh();
    stage.draw(pictures.filming);
    const [row, column] = exploration.place;
    equation.show(result, row, column, !stage.previewing);
    transport.refresh();
    notes.show(result, store);
    setAttribute(node, "data-kw-position", result ? `${row},${column}` : null);
  };
  const speak = (): void => {
    clearTimeout(spoken);
    spoken = window.setTimeout(() => {
      exploration.refresh();
      const { result } = exploration;
      if (result && !transport.playing) {
        context.announce(outputSentence(result, ...exploration.place));
      }
    }, SPOKEN_MS);
  };

  cleanup.add(store.onChange(schedule));
  cleanup.add(
    context.theme.onChange(() => {
      stage.restyle();
      schedule();
    }),
  );
  const observer = new ResizeObserver(schedule);
  observer.observe(node);
  cleanup.add(() => observer.disconnect());
  context.show({ parts: ["selected"] });
  schedule();
  return {
    node,
    destroy() {
      cancelAnimationFrame(scheduled);
      clearTimeout(spoken);
      transport.destroy();
      stage.destroy();
      pictures.destroy();
      controls.destroy();
      cleanup.run();
      store.destroy();
    },
  };
}
