import { createButton } from "../ui/button";
import { h } from "../ui/dom";
import { can } from "./choices";
import { createScrubber } from "./scrubber";
import type { CreateView } from "./view";

/** The past of a run that goes on: scrub it, return to the present, or train on from there. */
export const createTimeline: CreateView = (context) => {
  const { model, onPaint, announce } = context;
  const { node: scrubber, at } = createScrubber(context);
  const now = createButton({
    label: "Now",
    title: "Back to the present",
    pressed: true,
    onPress: () => model.set("at", null),
  });
  const branch = createButton({
    label: "Branch from here",
    async onPress() {
      const step = at();
      const { ok, error } = await model.command({ op: "branch", step });
      announce(ok ? `Back at step ${step}: training goes on from here` : `Not done: ${error}`);
    },
  });
  const node = h("section.kw-row kw-timeline", { "aria-label": "Timeline" }, scrubber);
  node.append(now.node, branch.node);
  onPaint(() => {
    const line = model.get("_timeline");
    // What has a clock of its own has its own buttons.
    node.hidden = !line || line.first === line.last || model.get("playing") !== undefined;
    now.setPressed(model.get("at") == null);
    branch.node.hidden = !can(model, "branch") || model.get("at") == null;
  });
  context.show({ parts: [] });
  return { node };
};
