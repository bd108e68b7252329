import { h, setText } from "../ui/dom";
import { createNumber } from "../ui/number";
import { createSelect } from "../ui/select";
import { createRow } from "../ui/toolbar";
import type { Facts } from "./facts";
import type { Store } from "./store";
import { lossText, nameOf, titleOf } from "./words";

/** Which kernel and whose products: the first row. */
export function createChoices(store: Store) {
  const layer = createSelect({
    label: "Layer",
    showLabel: true,
    options: [],
    value: "",
    onChange: (value: string) => store.set({ layer: value }),
  });
  const out = createNumber("Filter", (value) =>
    store.set({ kernel: [value, store.get("kernel")[1]] }),
  );
  const into = createNumber("Input", (value) =>
    store.set({ kernel: [store.get("kernel")[0], value] }),
  );
  const sample = createSelect({
    label: "Samples",
    showLabel: true,
    options: [],
    value: "",
    onChange: (value: string) => store.set({ sample: value === "all" ? "all" : Number(value) }),
  });
  const loss = h("p.kw-x-grad-loss", { "data-kw-loss": true });
  const note = h("p.kw-quiet");
  const node = h(
    "div.kw-x-grad-part",
    {},
    createRow(layer.node, out.node, into.node, sample.node),
    loss,
    note,
  );
  return {
    node,
    refresh(facts: Facts | null): void {
      const layers = store.get("_layers");
      const name = store.get("layer");
      layer.setOptions(layers.map((each) => ({ value: each.name, text: each.name })));
      layer.set(name);
      layer.node.hidden = layers.length < 2;
      // A page without Python knows one kernel only.
      const alone = layers.length === 0;
      out.node.hidden = into.node.hidden = alone;
      const own = layers.find((each) => each.name === name);
      const [filter, input] = store.get("kernel");
      out.set(filter, own?.outs ?? 1);
      into.set(input, own?.ins ?? 1);
      const count = facts?.header.samples.length ?? 0;
      sample.node.hidden = count < 2 || (alone && facts!.shown.length < count);
      if (facts && count > 1) {
        const each = facts.header.samples.map((_, nth) => ({
          value: String(nth),
          text: nameOf(facts, nth),
        }));
        sample.setOptions([{ value: "all", text: `${titleOf(facts, "all")} (${count})` }, ...each]);
        sample.set(String(store.get("sample")));
      }
      setText(loss, facts ? lossText(facts) : "");
      const large =
        facts && facts.shown.length === 0
          ? "The inputs are too large to be shown all at once: choose a sample."
          : "";
      setText(note, [facts?.header.note, large].filter(Boolean).join(" "));
    },
  };
}
