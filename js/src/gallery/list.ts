import { h, setAttribute, setText } from "../ui/dom";
import type { Group } from "./kernels";
import { columnsFor } from "./layout";
import { createTile, type Tile } from "./tile";

/** Sizes of tiles in CSS pixels: on a desk, and with large text for a room. */
const DESK = { gap: 10, caption: 30, title: 34, least: 92, most: 220 };
const ROOM = { gap: 16, caption: 48, title: 48, least: 150, most: 320 };

/** All tiles, group by group; one of them is enlarged: a click, arrows, Home and End choose it. */
export function createList(
  enlarged: () => number,
  enlarge: (place: number) => void,
  onChange: () => void,
) {
  let tiles: Tile[] = [];
  let groups: readonly Group[] = [];
  let built = "";
  let columns: readonly number[] = [];

  const observer = new IntersectionObserver((entries) => {
    const seen = new Map(entries.map((entry) => [entry.target, entry.isIntersecting]));
    for (const tile of tiles) tile.seen = seen.get(tile.node) ?? tile.seen;
    onChange();
  });
  const focus = (place: number): void => {
    if (!tiles[place]) return;
    if (place !== enlarged()) enlarge(place);
    tiles[place].node.focus();
  };
  /** The tile above or below in the same column, or the last of a shorter row. */
  const beside = (step: number): number => {
    const lines: number[][] = [];
    let first = 0;
    for (const [nth, { kernels }] of groups.entries()) {
      for (let i = 0; i < kernels.length; i += columns[nth]!) {
        const count = Math.min(columns[nth]!, kernels.length - i);
        lines.push(Array.from({ length: count }, (_, k) => first + i + k));
      }
      first += kernels.length;
    }
    const row = lines.findIndex((line) => line.includes(enlarged()));
    const line = lines[row + step];
    return line?.[Math.min(lines[row]!.indexOf(enlarged()), line.length - 1)] ?? -1;
  };
  const node = h("div.kw-g-list", {
    role: "listbox",
    "aria-label": "Kernels",
    click({ target }: MouseEvent) {
      focus(tiles.findIndex((tile) => tile.node.contains(target as Node)));
    },
    keydown(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const now = enlarged();
      const to: { [key: string]: () => number } = {
        ArrowRight: () => now + 1,
        ArrowLeft: () => now - 1,
        ArrowDown: () => beside(1),
        ArrowUp: () => beside(-1),
        Home: () => 0,
        End: () => tiles.length - 1,
      };
      const place = to[event.key]?.();
      if (place === undefined) return;
      event.preventDefault();
      focus(place);
    },
  });
  const part = ({ title }: Group, own: Tile[]): HTMLElement =>
    h(
      "div",
      { role: "group", "aria-label": title },
      h(
        "div.kw-g-head",
        { role: "presentation" },
        h("span.kw-title", {}, title),
        h("span.kw-quiet"),
      ),
      h("div.kw-g-grid", { role: "presentation" }, ...own.map((tile) => tile.node)),
    );

  return {
    node,
    get tiles(): readonly Tile[] {
      return tiles;
    },
    /** Gives the tiles their kernels; makes them anew where these are others. */
    update(next: readonly Group[]): void {
      groups = next;
      const kernels = groups.flatMap((group) => group.kernels);
      const key = JSON.stringify(groups.map((group) => [group.title, group.kernels.length]));
      if (key !== built) {
        built = key;
        observer.disconnect();
        tiles = kernels.map(createTile);
        for (const tile of tiles) observer.observe(tile.node);
        const left = [...tiles];
        const parts = groups.map((group) => part(group, left.splice(0, group.kernels.length)));
        node.replaceChildren(...parts);
      }
      tiles.forEach((tile, nth) => {
        tile.show(kernels[nth]!);
        setAttribute(tile.node, "aria-selected", String(nth === enlarged()));
        setAttribute(tile.node, "tabindex", nth === enlarged() ? 0 : -1);
      });
      for (const [nth, { text }] of groups.entries()) {
        setText(node.children[nth]!.firstChild!.lastChild!, text);
      }
    },
    /** Fits the tiles to the width and, if they are not too many, to a height. */
    arrange(aspect: number, height: number, large: boolean): void {
      const counts = groups.map((group) => group.kernels.length);
      const room = { ...(large ? ROOM : DESK), width: node.clientWidth || 760, height };
      columns = columnsFor(counts, aspect, room);
      node.style.setProperty("--kw-gap", `${room.gap}px`);
      node.style.setProperty("--kw-aspect", String(1 / aspect));
      for (const [nth, count] of columns.entries()) {
        (node.children[nth] as HTMLElement).style.setProperty("--kw-columns", String(count));
      }
    },
    destroy: () => observer.disconnect(),
  };
}
