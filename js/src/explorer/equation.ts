import { h, setText } from "../ui/dom";
import { type Result, trace } from "./compute";
import { brief, cosineText, factor, placeText } from "./words";

/** More products than this are written out in part. */
const MOST_TERMS = 30;

/** The sum under the window, product by product, with the cosine of patch and kernel beside it. */
export function createEquation(onPoint: (term: number) => void) {
  const where = h("span", { class: "kw-quiet" });
  const sum = h("div", { class: "kw-x-terms" });
  const cosine = h("span", { class: "kw-quiet kw-x-cosine" });
  const node = h("div", { class: "kw-x-equation" }, where, sum, cosine);
  sum.addEventListener("pointerover", (event) => {
    const term = (event.target as HTMLElement).closest<HTMLElement>("[data-kw-term]");
    onPoint(term ? Number(term.dataset.kwTerm) : -1);
  });
  sum.addEventListener("pointerleave", () => onPoint(-1));

  const piece = (kind: string, text: string): HTMLElement => h("span", { class: kind }, text);
  return {
    node,
    show(result: Result | null, [row, column]: readonly [number, number], pinned: boolean) {
      node.hidden = !result;
      if (!result) return;
      const told = trace(result, row, column);
      const { rows } = result.maps[0]!;
      const depth = result.maps.length;
      setText(where, `Output ${placeText(rows, row, column)}${pinned ? "" : " (click to keep)"}`);
      setText(cosine, cosineText(told.cosine));
      const parts: (HTMLElement | string)[] = [];
      const plus = (): void => {
        if (parts.length > 0) parts.push(piece("kw-x-op", " + "));
      };
      if (told.terms.length <= MOST_TERMS || depth === 1) {
        const left = Math.min(told.terms.length, MOST_TERMS - 2);
        const all = told.terms.length <= MOST_TERMS;
        told.terms.forEach((term, i) => {
          if (!all && i === left - 1) {
            plus();
            parts.push(piece("kw-x-op", `… ${told.terms.length - left} more …`));
          }
          if (!all && i >= left - 1 && i < told.terms.length - 1) return;
          plus();
          const each = piece("kw-x-term", "");
          each.dataset.kwTerm = String(i);
          each.append(
            piece("kw-x-weight", factor(term.weight)),
            "·",
            piece("kw-x-value", factor(term.value)),
          );
          parts.push(each);
        });
      } else {
        told.channelSums.forEach((value, channel) => {
          plus();
          const each = piece("kw-x-term", factor(value));
          each.title = `channel ${result.first + channel}`;
          parts.push(each);
        });
      }
      if (result.bias !== 0) {
        plus();
        const each = piece("kw-x-bias", factor(result.bias));
        each.title = "bias";
        parts.push(each);
      }
      parts.push(piece("kw-x-op", " = "), piece("kw-x-result", brief(told.value, 6)));
      sum.replaceChildren(...parts);
    },
  };
}
