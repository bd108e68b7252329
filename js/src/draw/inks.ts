const NAMES = ["text", "soft", "accent", "line", "surface"] as const;

/** Colors of the page around a canvas. */
export type Inks = Record<(typeof NAMES)[number], string>;

/** Reads a view's colors for painting; ask again after the theme has changed. */
export function readInks(node: Element): Inks {
  const style = getComputedStyle(node);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--kw-${name}`).trim() || "#808080"]),
  ) as Inks;
}
