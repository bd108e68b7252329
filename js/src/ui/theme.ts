/** Whether the page around a view is dark, and word when that changes. */
export interface Theme {
  readonly dark: boolean;
  onChange(callback: () => void): () => void;
  destroy(): void;
}

/** Follows the host: what lies behind the root decides, so that every host is served alike. */
export function watchTheme(root: HTMLElement): Theme {
  const callbacks = new Set<() => void>();
  const preference = matchMedia("(prefers-color-scheme: dark)");
  let dark = isDark(root, preference.matches);
  root.dataset.kwTheme = dark ? "dark" : "light";

  const check = (): void => {
    const now = isDark(root, preference.matches);
    if (now === dark) return;
    dark = now;
    root.dataset.kwTheme = dark ? "dark" : "light";
    for (const callback of [...callbacks]) callback();
  };
  // Hosts switch by a class, an attribute or a style on <html> or <body>, then load a style sheet.
  let late = 0;
  const observer = new MutationObserver(() => {
    check();
    clearTimeout(late);
    late = window.setTimeout(check, 400);
  });
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true });
  }
  preference.addEventListener("change", check);
  // The root has no background to look through before it is in the page.
  requestAnimationFrame(check);

  return {
    get dark() {
      return dark;
    },
    onChange(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    destroy() {
      observer.disconnect();
      clearTimeout(late);
      preference.removeEventListener("change", check);
      callbacks.clear();
    },
  };
}

function isDark(root: HTMLElement, fallback: boolean): boolean {
  let element: Element | null = root.parentElement;
  while (element) {
    const parts = getComputedStyle(element)
      .backgroundColor.match(/[\d.]+/g)
      ?.map(Number);
    if (parts && parts.length >= 3 && (parts[3] ?? 1) > 0.5) {
      return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]! < 128;
    }
    const parent: Node | null = element.parentNode;
    element = parent instanceof ShadowRoot ? parent.host : element.parentElement;
  }
  return fallback;
}
