import type { Guess } from "../generated/schema";
import { percent } from "../lib/format";
import { h, setText } from "../ui/dom";

const MOST = 3;

/** The network's best answers to the picture on show, as bars. */
export function createAnswers() {
  const rows = Array.from({ length: MOST }, () => {
    const label = h("span", { class: "kw-answer-label" });
    const bar = h("span", { class: "kw-answer-bar" });
    const share = h("span", { class: "kw-answer-share" });
    return {
      label,
      bar,
      share,
      node: h("li", {}, label, h("span", { class: "kw-answer-track" }, bar), share),
    };
  });
  const node = h(
    "ol",
    { class: "kw-answers", "aria-label": "Answers" },
    ...rows.map((row) => row.node),
  );
  node.hidden = true;
  return {
    node,
    set(guesses: readonly Guess[] | undefined): void {
      node.hidden = !guesses?.length;
      rows.forEach((row, nth) => {
        const guess = guesses?.[nth];
        row.node.hidden = !guess;
        if (!guess) return;
        setText(row.label, guess.label);
        row.label.title = guess.label;
        setText(row.share, percent(guess.share));
        row.bar.style.transform = `scaleX(${guess.share})`;
      });
    },
  };
}
