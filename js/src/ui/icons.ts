import { setAttribute } from "./dom";

// Drawn on a 16 × 16 grid with strokes of 1.5; a leading "f" means filled.
const PATHS = {
  play: "fM4 3v10l9-5z",
  pause: "fM4 3h3v10H4zM9 3h3v10H9z",
  restart: "M3 6a5 5 0 1 1 0 4M3 2v4h4",
  seed: "M3 3h10v10H3zM6 6h0M10 10h0M10 6h0M6 10h0",
  undo: "M6 2 2 6l4 4M2 6h7a4 4 0 0 1 0 8H6",
  redo: "M10 2l4 4-4 4M14 6H7a4 4 0 0 0 0 8h3",
  lock: "M4 7h8v7H4zM5 7V5a3 3 0 0 1 6 0v2",
  lockAll: "M6 9h7v5H6zM7 9V7a2 2 0 0 1 5 0v2M3 11V3h9",
  mute: "M2 6v4h3l3 3V3L5 6zM11 6l3 4M14 6l-3 4",
  flipX: "M8 2v12M5 5v6L2 8zM11 5v6l3-3z",
  flipY: "M2 8h12M5 5h6L8 2zM5 11h6l-3 3z",
  turn: "M13 6a5 5 0 1 0 0 4M13 2v4H9",
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
