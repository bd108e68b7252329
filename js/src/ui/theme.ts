/** Whether the page around a view is dark. */
export interface Theme {
  readonly dark: boolean;
  destroy(): void;
}

/** Follows the host: what lies behind the root decides, so that every host is served alike. */
export function watchTheme(root: HTMLElement, onChange: (dark: boolean) => void): Theme {
  const preference = matchMedia("(prefers-color-scheme: dark)");
  let dark = false;
  let late = 0;
  const check = (): void => {
    const now = isDark(root.parentNode) ?? preference.matches;
    root.dataset.kwTheme = now ? "dark" : "light";
    if (now === dark) return;
    dark = now;
    onChange(dark);
  };
  // Hosts switch by a class, an attribute or a style on <html> or <body>, then load a style sheet.
  const observer = new MutationObserver(() => {
    check();
    clearTimeout(late);
    late = window.setTimeout(check, 400);
  });
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true });
  }
  preference.addEventListener("change", check);
  check();
  // The root has no background to look through before it is in the page.
  requestAnimationFrame(check);

  return {
    get dark() {
      return dark;
    },
    destroy() {
      observer.disconnect();
      clearTimeout(late);
      preference.removeEventListener("change", check);
    },
  };
}

/** Whether the nearest background behind a node is dark; undefined where there is none. */
function isDark(node: Node | null): boolean | undefined {
  if (node instanceof ShadowRoot) return isDark(node.host);
  if (!(node instanceof Element)) return undefined;
  const [red, green, blue, alpha = 1] = (
    getComputedStyle(node).backgroundColor.match(/[\d.]+/g) ?? [0, 0, 0, 0]
  ).map(Number) as [number, number, number, number?];
  return alpha > 0.5
    ? 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128
    : isDark(node.parentNode);
}
