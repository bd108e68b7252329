import curves from "../views/curves.css";
import editor from "../views/editor.css";
import lab from "../views/lab.css";
import tiles from "../views/tiles.css";
import base from "./base.css";
import controls from "./controls.css";

let sheet: CSSStyleSheet | null = null;

/** Puts the styles into the root that holds `element`: the page, or a shadow root. */
export function adoptStyles(element: Element): void {
  // Constructed sheets pass a strict content policy where injected <style> elements do not.
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(base + controls + tiles + editor + curves + lab);
  }
  const root = element.getRootNode() as Document | ShadowRoot;
  const target = "adoptedStyleSheets" in root ? root : document;
  if (!target.adoptedStyleSheets.includes(sheet)) {
    target.adoptedStyleSheets = [...target.adoptedStyleSheets, sheet];
  }
}
