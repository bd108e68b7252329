import type { Coloring } from "../explorer/colors";
import { createPanel, type Mark, type Panel } from "../explorer/panel";
import type { Plane } from "../lib/convolution";
import { h, setAttribute, setText } from "../ui/dom";

export interface Hung {
  title: string;
  note: string;
  planes: readonly Plane[];
  coloring: Coloring;
  cell: number;
  bars: number;
  /** So many stand side by side. */
  across: number;
  padding?: readonly [number, number, number, number];
  marks: readonly Mark[];
  /** What the nth plane is called; none where it is alone. */
  nameOf(nth: number): string;
  sentenceOf(nth: number): string;
}

interface Hands {
  hover(nth: number, at: readonly [number, number] | null): void;
  pick(nth: number): void;
}

/** Planes of one kind under one title, one for each sample. */
export function createGallery(kind: string, hands: Hands) {
  const title = h("span.kw-title");
  const note = h("span.kw-quiet");
  const hung = h("div.kw-x-grad-hung");
  const node = h(
    "figure.kw-x-grad-gallery",
    { "data-kw-gallery": kind },
    h("figcaption", {}, title, " ", note),
    hung,
  );
  let panels: Panel[] = [];
  const createOne = (nth: number): Panel => {
    const panel = createPanel();
    panel.frame.addEventListener("pointermove", (event) => hands.hover(nth, panel.cellAt(event)));
    panel.frame.addEventListener("pointerleave", () => hands.hover(nth, null));
    panel.frame.addEventListener("click", () => hands.pick(nth));
    return panel;
  };
  return {
    node,
    restyle(): void {
      for (const panel of panels) panel.restyle();
    },
    /** Fades all but one, or none. */
    light(lit: number): void {
      panels.forEach((panel, nth) => {
        setAttribute(panel.node, "data-kw-faded", lit >= 0 && lit !== nth);
      });
    },
    draw({ planes, coloring, cell, bars, across, padding, marks, ...words }: Hung): void {
      hung.style.gridTemplateColumns = `repeat(${across}, auto)`;
      setText(title, words.title);
      setText(note, words.note);
      if (panels.length !== planes.length) {
        panels = planes.map((_, nth) => createOne(nth));
        hung.replaceChildren(...panels.map((panel) => panel.node));
      }
      setAttribute(node, "data-kw-many", planes.length > 1);
      panels.forEach((panel, nth) => {
        panel.draw({
          ...coloring,
          plane: planes[nth]!,
          cell,
          barsPx: bars,
          marks,
          ...(padding && { padding }),
        });
        panel.say("", planes.length > 1 ? words.nameOf(nth) : "", words.sentenceOf(nth));
      });
    },
  };
}
