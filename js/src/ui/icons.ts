import { setAttribute } from "./dom";

// Drawn on a 16 × 16 grid with strokes of 1.5; a leading "f" means filled.
const PATHS = {
  play: "fM4.5 2.8v10.4L13 8z",
  pause: "fM4 3h3v10H4zM9 3h3v10H9z",
  restart: "M3.2 6.2A5.2 5.2 0 1 1 2.8 9M3 2.5v3.8h3.8",
  seed: "M3 3h10v10H3zM5.9 5.9h.01M10.1 10.1h.01M10.1 5.9h.01M5.9 10.1h.01",
  undo: "M5.5 2.5 2.5 5.5l3 3M2.8 5.5H9a4 4 0 0 1 0 8H6",
  redo: "M10.5 2.5l3 3-3 3M13.2 5.5H7a4 4 0 0 0 0 8h3",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  lockAll: "M5.5 9h7v5h-7zM7 9V7.3a2 2 0 0 1 4 0V9M2.5 11V2.5h9v1.3",
  mute: "M2.5 6v4H5l3.5 3V3L5 6zM11 6l3 4M14 6l-3 4",
  flipX: "M8 2v12M5.5 4.5v7L2 8zM10.5 4.5v7L14 8z",
  flipY: "M2 8h12M4.5 5.5h7L8 2zM4.5 10.5h7L8 14z",
  turn: "M12.8 6.2A5.2 5.2 0 1 0 13.2 9M13 2.5v3.8H9.2",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  check: "M3.5 8.5l3 3 6-7",
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
