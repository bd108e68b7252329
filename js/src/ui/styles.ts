const sheets = new Map<string, CSSStyleSheet>();

/** Puts styles into the root that holds `element`: the page, or a shadow root. */
export function adoptStyles(element: Element, styles: string): void {
  // Constructed sheets pass a strict content policy where injected <style> elements do not.
  let sheet = sheets.get(styles);
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    sheets.set(styles, sheet);
  }
  const root = element.getRootNode() as Document | ShadowRoot;
  const target = "adoptedStyleSheets" in root ? root : document;
  if (!target.adoptedStyleSheets.includes(sheet)) {
    target.adoptedStyleSheets = [...target.adoptedStyleSheets, sheet];
  }
}
