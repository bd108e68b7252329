import { brief } from "../explorer/words";
import { capitalized } from "../lib/format";
import { h, setAttribute, setText } from "../ui/dom";
import { type Facts, largestOf, type Sample, type Term, termsOf } from "./facts";
import { cellText, countText, nameOf, unitText } from "./words";

const MOST_TERMS = 18;
const LARGEST = 10;

const DIGITS = 3;

/** Negative numbers stand in brackets. */
const written = (value: number): string =>
  value < 0 ? `(${brief(value, DIGITS)})` : brief(value, DIGITS);

/** A product that is pointed at: of which shown sample, and where in the output gradient. */
export type Pointed = Pick<Term, "row" | "column"> | null;

interface Hands {
  point(term: Pointed): void;
  choose(sample: number): void;
  /** Brings one sample out among the others; −1 none. */
  light(sample: number): void;
}

/** The sum behind the gradient of one cell: its products, or what each sample adds. */
export function createEquation(hands: Hands) {
  const where = h("span.kw-quiet");
  const sum = h("div", { class: "kw-x-terms", "data-kw-sum": true });
  const hint = h("span.kw-quiet");
  const node = h("div", { class: "kw-x-equation" }, where, sum, hint);
  let terms: Term[] = [];
  let shown = "";

  const termAt = (event: Event): Pointed => {
    const found = (event.target as HTMLElement).closest<HTMLElement>("[data-kw-term]");
    return found ? terms[Number(found.dataset.kwTerm)]! : null;
  };
  const sampleAt = ({ target }: Event): number => {
    const found = (target as HTMLElement).closest<HTMLElement>("[data-kw-sample]");
    return found ? Number(found.dataset.kwSample) : -1;
  };
  const look = (event: Event): void => {
    hands.point(termAt(event));
    hands.light(sampleAt(event));
  };
  const lookAway = (): void => {
    hands.point(null);
    hands.light(-1);
  };
  sum.addEventListener("pointerover", look);
  sum.addEventListener("focusin", look);
  sum.addEventListener("pointerleave", lookAway);
  sum.addEventListener("focusout", lookAway);
  sum.addEventListener("click", (event) => {
    const sample = sampleAt(event);
    if (sample < 0) return;
    lookAway();
    hands.choose(sample);
  });

  const piece = (kind: string, text: string): HTMLElement => h("span", { class: kind }, text);
  const products = (facts: Facts, cell: number): { parts: HTMLElement[]; left: number } => {
    const all = termsOf(facts, cell, 0);
    const most = all.length <= MOST_TERMS ? MOST_TERMS : LARGEST;
    const sizeOf = (term: Term): number => term.value * term.gradient;
    const { kept, left } = largestOf(all, sizeOf, most);
    terms = left > 0 ? kept.filter(sizeOf) : kept;
    const parts = terms.map((term, nth) => {
      const each = h("span", { class: "kw-x-term", "data-kw-term": nth });
      each.append(
        piece("kw-x-value", written(term.value)),
        "·",
        piece("kw-x-weight", written(term.gradient)),
      );
      return each;
    });
    return { parts, left: all.length - terms.length };
  };
  const shares = (facts: Facts, cell: number): { parts: HTMLElement[]; left: number } => {
    terms = [];
    const all = facts.sharesOf(cell).map((share, sample) => ({ share, sample }));
    const most = all.length <= MOST_TERMS ? MOST_TERMS : LARGEST;
    const { kept, left } = largestOf(all, ({ share }) => share, most);
    const parts = kept.map(({ share, sample }) =>
      h(
        "button",
        {
          class: "kw-x-term kw-x-grad-share",
          "data-kw-sample": sample,
          title: `${capitalized(nameOf(facts, sample))}: show its products`,
        },
        written(share),
      ),
    );
    return { parts, left };
  };
  return {
    node,
    show(facts: Facts, cell: number, sample: Sample): void {
      const one = sample !== "all" || facts.header.samples.length === 1;
      const known = !one || facts.inputs.length > 0;
      const value = facts.gradientOf(sample).data[cell]!;
      const key = [cell, sample, facts.header.layer, facts.header.kernel, value, known].join();
      if (key === shown) return;
      shown = key;
      const { parts, left } = !known
        ? { parts: [], left: 0 }
        : one
          ? products(facts, cell)
          : shares(facts, cell);
      const rest = sample === "all" ? (facts.rest?.data[cell] ?? 0) : 0;
      const line: HTMLElement[] = [];
      const plus = (): void => {
        if (line.length > 0) line.push(piece("kw-x-op", " + "));
      };
      for (const part of parts) {
        plus();
        line.push(part);
      }
      if (left > 0) {
        plus();
        line.push(piece("kw-x-op", `… ${left} smaller …`));
      }
      if (rest !== 0) {
        plus();
        const each = piece("kw-x-bias", `${written(rest)} from elsewhere`);
        each.title = "a second use of the weight in the loss, such as a penalty or another layer";
        line.push(each);
      }
      line.push(piece("kw-x-op", " = "), piece("kw-x-result", brief(value, DIGITS)));
      renew(sum, line);
      const what = one ? "input · output gradient" : "by sample";
      const adds =
        sample === "all" ? "Gradient of" : `What ${nameOf(facts, sample)} adds to the gradient of`;
      const unit = unitText(facts.unit) && `, in ${unitText(facts.unit).slice(3)}`;
      setText(
        where,
        `${adds} ${cellText(facts, cell)}: the sum of ${countText(facts, sample)}, ${what}${unit}`,
      );
      setText(hint, one ? "" : "Choose a number to see its products.");
    },
  };
}

/** Puts new children in, but keeps old ones of the same kind: one may be under a finger. */
function renew(parent: HTMLElement, children: readonly HTMLElement[]): void {
  const old = [...parent.children];
  const same = (one: Element | undefined, other: Element): boolean =>
    one?.tagName === other.tagName && one.className === other.className;
  if (old.length !== children.length || !children.every((child, i) => same(old[i], child))) {
    parent.replaceChildren(...children);
    return;
  }
  children.forEach((child, i) => {
    for (const { name, value } of child.attributes) setAttribute(old[i]!, name, value);
    if (old[i]!.innerHTML !== child.innerHTML) old[i]!.replaceChildren(...child.childNodes);
  });
}
