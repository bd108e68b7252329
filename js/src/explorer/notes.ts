import { h, setText } from "../ui/dom";
import type { Result } from "./compute";
import type { Store } from "./store";
import { flipSentence, formulaOf, MODE_NOTES } from "./words";

/** What the mode computes, what a flip would do, and how large the output is. */
export function createNotes() {
  const formula = h("span", { class: "kw-x-formula" });
  const mode = h("span");
  const flip = h("span");
  const shape = h("span", { class: "kw-x-formula" });
  const live = h("p");
  const node = h(
    "div",
    { class: "kw-x-notes" },
    h("p", {}, formula),
    h("p", {}, mode, " ", flip),
    h("p", {}, "Output size: ", shape),
    live,
  );
  return {
    node,
    show(result: Result | null, store: Store): void {
      const { mode: name } = store.settings;
      const axes = result?.layer.size.length ?? 2;
      setText(formula, formulaOf(name, axes, result?.maps.length ?? 1));
      setText(mode, MODE_NOTES[name]);
      setText(flip, result ? flipSentence(result.kernels.map((kernel) => kernel.data)) : "");
      const [down, across] = result?.slide.formulas ?? [];
      const sizes = across ? `rows ${down},  columns ${across}` : (down ?? "");
      setText(shape, sizes);
      shape.parentElement!.hidden = !result;
      setText(live, store.get("_live")?.text ?? "");
      live.hidden = live.textContent === "";
    },
  };
}
