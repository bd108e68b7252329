/** Colors of the page around a canvas. */
export interface Inks {
  text: string;
  soft: string;
  accent: string;
  line: string;
  surface: string;
}

/** Reads a view's colors for painting; ask again after the theme has changed. */
export function readInks(node: Element): Inks {
  const style = getComputedStyle(node);
  const read = (name: string): string => style.getPropertyValue(name);
  return {
    text: read("--kw-text"),
    soft: read("--kw-soft"),
    accent: read("--kw-accent"),
    line: read("--kw-line"),
    surface: read("--kw-surface"),
  };
}
