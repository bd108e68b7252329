import { brief, placeText } from "../explorer/words";
import { capitalized, number } from "../lib/format";
import type { Facts, Sample } from "./facts";

/** Where a cell of the kernel is, in words that count from 1. */
export function cellText({ weight }: Facts, cell: number): string {
  return placeText(weight.rows, Math.floor(cell / weight.columns), cell % weight.columns);
}

/** How many products add up to a cell's gradient: "36 products", "16 × 36 products". */
export function countText({ header, outputs }: Facts, sample: Sample): string {
  const output = outputs[0];
  const each = output ? output.rows * output.columns : 0;
  if (!each) return `${header.samples.length} samples`;
  const products = `${each} product${each === 1 ? "" : "s"}`;
  const many = sample === "all" && header.samples.length > 1;
  return many ? `${header.samples.length} × ${products}` : products;
}

/** "Gradient of row 1, column 2: −0.031: the sum of 36 products". */
export function cellSentence(facts: Facts, cell: number, sample: Sample): string {
  const value = number((facts.gradientOf(sample).data[cell] ?? 0) * facts.unit);
  const whose = sample === "all" ? "" : ` in ${nameOf(facts, sample)}`;
  return `Gradient of ${cellText(facts, cell)}${whose}: ${value}: the sum of ${countText(facts, sample)}`;
}

/** What a sample is called: its place, and its label where that is another word. */
export function nameOf({ header }: Facts, sample: number): string {
  const label = header.samples[sample] ?? "";
  return /^picture \d+$|^row \d+$/.test(label)
    ? label.replace("picture", "sample")
    : `sample ${sample + 1} (${label})`;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** How a unit is written behind numbers: " · 10⁻³", or nothing. */
export function unitText(unit: number): string {
  const power = Math.round(-Math.log10(unit));
  return power > 0
    ? `\u00a0·\u00a010⁻${[...String(power)].map((digit) => SUPERSCRIPTS[+digit]).join("")}`
    : "";
}

/** Which loss, how large, and when. */
export function lossText({ header }: Facts): string {
  const { loss, text, step } = header;
  const size = loss === null ? "" : ` ${brief(loss)}`;
  return `Loss${size} on ${text}, after step ${step}`;
}

export function titleOf(facts: Facts, sample: Sample): string {
  return capitalized(sample === "all" ? "all samples" : nameOf(facts, sample));
}
