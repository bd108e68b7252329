import { type Inks, readInks } from "../draw/inks";
import { createSurface } from "../draw/surface";
import type { Pixels } from "../draw/tiles";
import {
  corner,
  eachTile,
  extent,
  type Span2,
  type Tiling,
  tileAt,
  visibleTiles,
} from "../lib/tiling";
import { Cleanup, h, setAttribute, setText } from "../ui/dom";
import type { Theme } from "../ui/theme";

/** Space for tiles, in screen pixels. */
export interface Space {
  width: number;
  height: number;
  /** Screen pixels per CSS pixel. */
  ratio: number;
}

/** A tile under the pointer, and where in it, in screen pixels. */
export type Hit = NonNullable<ReturnType<typeof tileAt>>;

/** What is on a board. Coordinates are screen pixels of the visible window. */
export interface Content {
  /** Where tiles lie; null while there are none. */
  arrange(space: Space): Tiling | null;
  /** Called before the tiles of one picture are painted. */
  begin?(tiling: Tiling, visible: Span2): void;
  /** Paints one tile; what it leaves out stays blank. */
  paint(pixels: Pixels, index: number, x: number, y: number, tiling: Tiling): void;
  /** Writes onto painted tiles. */
  write?(context: CanvasRenderingContext2D, index: number, x: number, y: number): void;
  /** Writes what does not change with the numbers: captions. */
  mark?(context: CanvasRenderingContext2D, index: number, x: number, y: number): void;
  /** Writes the header of a visible row or column, its middle at `at`. */
  head?(context: CanvasRenderingContext2D, side: "row" | "column", index: number, at: number): void;
  onVisible(visible: Span2): void;
  /** Called after the tiles were laid out and painted anew. */
  onArranged?(): void;
  onPoint(hit: Hit | null): void;
  onSelect(index: number): void;
  /** The selected tile, or −1. */
  selected(): number;
}

/** Tiles that scroll: only what is visible is asked for and painted. Arrows select. */
export interface Board {
  readonly node: HTMLElement;
  readonly inks: Inks;
  readonly tiling: Tiling | null;
  readonly ratio: number;
  /** Lays the tiles out anew, with the next animation frame. */
  relayout(): void;
  /** Paints all visible tiles now. */
  paint(): void;
  /** Paints with the next animation frame. */
  repaint(): void;
  /** Draws ring and captions anew, and brings a tile into sight. */
  reveal(index: number): void;
  /** Says in the tiles' place why there are none; "" takes it away. */
  note(text: string): void;
  describe(label: string, picture: string): void;
  destroy(): void;
}

const DEFAULT_HEIGHT_PX = 420;
const SCROLLBAR_PX = 12;

export function createBoard(theme: Theme, content: Content): Board {
  const cleanup = new Cleanup();
  const pixels = h("canvas", { role: "img", class: "kw-pixels" });
  const marks = h("canvas", { "aria-hidden": "true" });
  const view = h("div", { class: "kw-board-window" }, pixels, marks);
  const spacer = h("div", {}, view);
  const scroller = h("div", { class: "kw-scroller", role: "group", tabindex: 0 }, spacer);
  const noteText = h("p", { class: "kw-board-note" });
  const node = h("div", { class: "kw-board" }, scroller, noteText);
  const surface = createSurface(pixels);
  const overlay = createSurface(marks);
  let tiling: Tiling | null = null;
  let ratio = 1;
  let inks = readInks(node);
  let hovered = -1;
  let offset = { x: 0, y: 0 };
  let visible: Span2 = { firstRow: 0, lastRow: 0, firstColumn: 0, lastColumn: 0 };
  let scheduled = 0;
  let stale = false;

  const run = (): void => {
    scheduled = 0;
    const anew = stale;
    if (anew) arrange();
    paint();
    drawMarks();
    if (anew) content.onArranged?.();
  };
  const schedule = (layout: boolean): void => {
    stale ||= layout;
    scheduled ||= requestAnimationFrame(run);
  };

  const arrange = (): void => {
    stale = false;
    ratio = devicePixelRatio || 1;
    inks = readInks(node);
    const limit = Number.parseFloat(getComputedStyle(scroller).maxHeight) || DEFAULT_HEIGHT_PX;
    const space = {
      width: Math.floor(node.clientWidth * ratio),
      height: Math.floor(limit * ratio),
      ratio,
    };
    tiling = space.width > 0 ? content.arrange(space) : null;
    if (tiling && extent(tiling).height > space.height) {
      tiling = content.arrange({ ...space, width: space.width - Math.ceil(SCROLLBAR_PX * ratio) });
    }
    const size = tiling ? extent(tiling) : { width: 0, height: 0 };
    spacer.style.width = `${size.width / ratio}px`;
    spacer.style.height = `${size.height / ratio}px`;
    const width = Math.min(Math.floor(scroller.clientWidth * ratio), size.width);
    const height = Math.min(Math.floor(scroller.clientHeight * ratio), size.height);
    surface.resize(width, height, ratio);
    overlay.resize(width, height, ratio);
    view.style.width = pixels.style.width;
    view.style.height = pixels.style.height;
    look();
  };
  const look = (): void => {
    offset = {
      x: Math.round(scroller.scrollLeft * ratio),
      y: Math.round(scroller.scrollTop * ratio),
    };
    if (!tiling) return;
    visible = visibleTiles(tiling, { ...offset, width: surface.width, height: surface.height });
    content.onVisible(visible);
  };
  const eachVisible = (call: (index: number, x: number, y: number) => void): void => {
    if (!tiling) return;
    eachTile(tiling, visible, (index) => {
      const [x, y] = corner(tiling!, index);
      call(index, x - offset.x, y - offset.y);
    });
  };
  const paint = (): void => {
    if (!tiling || surface.width === 0) return;
    if (devicePixelRatio !== ratio) schedule(true);
    surface.data.fill(0);
    content.begin?.(tiling, visible);
    eachVisible((index, x, y) => content.paint(surface, index, x, y, tiling!));
    surface.put();
    const context = surface.context;
    if (context && content.write) {
      eachVisible((index, x, y) => content.write!(context, index, x, y));
    }
  };
  const drawMarks = (): void => {
    const context = overlay.context;
    if (!context || !tiling) return;
    context.clearRect(0, 0, overlay.width, overlay.height);
    context.textBaseline = "middle";
    if (content.mark) eachVisible((index, x, y) => content.mark!(context, index, x, y));
    if (hovered >= 0) ring(context, hovered, 1, inks.soft);
    const selected = content.selected();
    if (selected >= 0) ring(context, selected, 2, inks.accent);
    if (content.head) drawHeads(context, tiling);
  };
  const ring = (
    context: CanvasRenderingContext2D,
    index: number,
    thickness: number,
    color: string,
  ): void => {
    const [x, y] = corner(tiling!, index);
    const line = Math.round(thickness * ratio);
    context.strokeStyle = color;
    context.lineWidth = line;
    context.strokeRect(
      x - offset.x - line / 2,
      y - offset.y - line / 2,
      tiling!.width + line,
      tiling!.height + line,
    );
  };
  const drawHeads = (context: CanvasRenderingContext2D, { left, top, ...t }: Tiling): void => {
    context.fillStyle = inks.surface;
    const room = Math.round(3 * ratio);
    context.fillRect(0, 0, left - room, overlay.height);
    context.fillRect(0, 0, overlay.width, top - room);
    for (let row = visible.firstRow; row < visible.lastRow; row++) {
      const y = corner(tiling!, row * t.columns)[1] - offset.y + t.height / 2;
      if (y > top - t.height / 2) content.head!(context, "row", row, y);
    }
    for (let column = visible.firstColumn; column < visible.lastColumn; column++) {
      const x = corner(tiling!, column)[0] - offset.x + t.width / 2;
      if (x > left) content.head!(context, "column", column, x);
    }
  };

  const hitOf = (event: MouseEvent): Hit | null => {
    if (!tiling) return null;
    const box = view.getBoundingClientRect();
    const x = (event.clientX - box.left) * ratio;
    const y = (event.clientY - box.top) * ratio;
    const headed = content.head && (x < tiling.left - 3 || y < tiling.top - 3);
    return headed ? null : tileAt(tiling, x + offset.x, y + offset.y);
  };
  const point = (hit: Hit | null): void => {
    const index = hit?.index ?? -1;
    content.onPoint(hit);
    setAttribute(view, "class", index < 0 ? "kw-board-window" : "kw-board-window kw-over");
    if (index === hovered) return;
    hovered = index;
    drawMarks();
  };
  const reveal = (index: number): void => {
    if (tiling && index >= 0 && index < tiling.count) {
      const [x, y] = corner(tiling, index);
      const room = Math.ceil(4 * ratio);
      const nudge = (
        at: number,
        size: number,
        from: number,
        head: number,
        span: number,
      ): number => {
        if (at < from + head) return (at - head - room) / ratio;
        return at + size + room > from + span ? (at + size + room - span) / ratio : -1;
      };
      const headed = content.head ? tiling : { left: 0, top: 0 };
      const left = nudge(x, tiling.width, offset.x, headed.left, surface.width);
      const top = nudge(y, tiling.height + tiling.caption, offset.y, headed.top, surface.height);
      if (left !== -1) scroller.scrollLeft = Math.max(0, left);
      if (top !== -1) scroller.scrollTop = Math.max(0, top);
    }
    drawMarks();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (!tiling || event.ctrlKey || event.metaKey || event.altKey) return;
    const { columns, count } = tiling;
    const now = Math.max(0, content.selected());
    const page = columns * Math.max(1, visible.lastRow - visible.firstRow - 1);
    const next: { [key: string]: number } = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now - columns,
      ArrowDown: now + columns,
      PageUp: Math.max(now % columns, now - page),
      PageDown: now + page < count ? now + page : now,
      Home: 0,
      End: count - 1,
    };
    const index = next[event.key];
    if (index === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (index >= 0 && index < count) content.onSelect(index);
  };

  cleanup.listen(scroller, "scroll", () => {
    look();
    schedule(false);
  });
  cleanup.listen(
    view,
    "pointermove",
    (event) => event.pointerType === "touch" || point(hitOf(event)),
  );
  cleanup.listen(view, "pointerleave", () => point(null));
  cleanup.listen(view, "click", (event) => {
    const hit = hitOf(event);
    if (!hit) return;
    content.onSelect(hit.index);
    content.onPoint(hit);
  });
  cleanup.listen(scroller, "keydown", onKey);
  cleanup.add(theme.onChange(() => schedule(true)));
  const observer = new ResizeObserver(() => schedule(true));
  observer.observe(node);
  cleanup.add(() => observer.disconnect());
  cleanup.add(() => cancelAnimationFrame(scheduled));

  return {
    node,
    get inks() {
      return inks;
    },
    get tiling() {
      return tiling;
    },
    get ratio() {
      return ratio;
    },
    relayout: () => schedule(true),
    paint,
    repaint: () => schedule(false),
    reveal,
    note(text) {
      setText(noteText, text);
      noteText.hidden = text === "";
      setAttribute(node, "class", text ? "kw-board kw-blank" : "kw-board");
    },
    describe(label, picture) {
      setAttribute(scroller, "aria-label", label);
      setAttribute(pixels, "aria-label", picture);
    },
    destroy: () => cleanup.run(),
  };
}
