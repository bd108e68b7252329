import { setAttribute } from "./dom";

// Drawn on a 16 × 16 grid with strokes of 1.5; a leading "f" means filled.
const PATHS = {
  play: "fM4 3v10l9-5z",
  pause: "fM4 3h3v10H4zM9 3h3v10H9z",
  restart: "M3 6a5 5 0 1 1 0 4M3 2v4h4",
  seed: "M3 3h10v10H3zM6 6h0M10 10h0M10 6h0M6 10h0",
  undo: "M6 2 2 6l4 4M2 6h7a4 4 0 0 1 0 8H6",
  down: "M4 6l4 4 4-4",
  check: "M3 8l4 4 6-8",
} as const;

/** One of ours, or a path of one's own. */
export type IconName = keyof typeof PATHS | `M${string}`;

/** A small drawing in the color of the text around it; hidden from screen readers. */
export function icon(name: IconName): SVGSVGElement {
  const make = <K extends "svg" | "path">(tag: K): SVGElementTagNameMap[K] =>
    document.createElementNS("http://www.w3.org/2000/svg", tag);
  const svg = make("svg");
  const path = make("path");
  const drawn: string = PATHS[name as keyof typeof PATHS] ?? name;
  setAttribute(svg, "viewBox", "0 0 16 16");
  setAttribute(svg, "class", "kw-icon");
  setAttribute(svg, "aria-hidden", "true");
  setAttribute(path, "d", drawn.replace("f", ""));
  if (drawn[0] === "f") path.style.fill = "currentColor";
  svg.append(path);
  return svg;
}
