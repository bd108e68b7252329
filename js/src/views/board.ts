import { type Inks, readInks } from "../draw/inks";
import { createSurface } from "../draw/surface";
import { type Picture, paintPicture } from "../draw/tiles";
import { capitalized, number } from "../lib/format";
import { statsOf } from "../lib/kernel_stats";
import {
  corner,
  extent,
  type FitOptions,
  fitTiles,
  type Span2,
  type Tiling,
  visibleTiles,
} from "../lib/tiling";
import { h, keyOf, setAttribute, setText } from "../ui/dom";
import { createColorBar } from "./color_bar";
import { readCell } from "./read_cell";
import type { Context } from "./view";

/** Draws on the window onto the tiles, in pixels of the screen; `px` makes them of CSS pixels. */
export interface Pen {
  readonly context: CanvasRenderingContext2D;
  fill(color: string, x: number, y: number, width: number, height: number): void;
  write(color: string, text: unknown, x: number, y: number, align?: CanvasTextAlign): void;
  readonly inks: Inks;
  readonly tiling: Tiling;
  px(size: number): number;
}

/** What is on a board. Tiles are counted in the order in which they lie. */
export interface Content {
  /** Called when the board has got another size or theme. */
  onMeasured?(style: CSSStyleDeclaration): void;
  /** How tiles are to lie; null while there are none. */
  arrange(): Omit<FitOptions, "width" | "height" | "ratio"> | null;
  /** Called with the rows and columns in sight before they are painted. */
  onVisible(visible: Span2, tiling: Tiling, each: (call: (index: number) => void) => void): void;
  /** What a tile shows; null leaves it blank. */
  pictureOf(index: number): Picture | null;
  /** "filter 3, input 1" */
  nameOf(index: number): string;
  /** What else there is to say of a tile. */
  factsOf?(index: number): string[];
  /** Draws onto a painted tile. */
  drawOver?(pen: Pen, index: number, x: number, y: number): void;
  /** The number under a tile, or before its row of a matrix. */
  numberOf(index: number): number;
  select(index: number): void;
  /** The selected tile, or −1. */
  selected(): number;
  /** The palette, the words at its ends, what else there is to know about colors, why nothing is shown. */
  legend(): [palette: Uint32Array, low: string, high: string, hint: string, note: string];
  /** Names the group of tiles, and the picture that they are. */
  titles(): [string, string];
}

const DEFAULT_HEIGHT_PX = 420;
const SCROLLBAR_PX = 12;

/** Tiles that scroll, with a legend: only what is visible is asked for and painted. Arrows select. */
export function createBoard(context: Context, content: Content) {
  const { model, theme } = context;
  const pixels = h("canvas", { role: "img" });
  const view: HTMLElement = h(
    "div.kw-board-window",
    {
      pointermove(event: PointerEvent) {
        if (event.pointerType !== "touch") point(hitOf(event));
      },
      pointerleave: () => point(null),
      click(event: MouseEvent) {
        const hit = hitOf(event);
        if (!hit) return;
        select(hit[0]);
        point(hit);
      },
    },
    pixels,
  );
  const spacer = h("div", {}, view);
  const scroller: HTMLElement = h(
    "div.kw-scroller",
    {
      role: "group",
      tabindex: 0,
      keydown: (event: KeyboardEvent) => onKey(event),
      scroll() {
        left = px(scroller.scrollLeft);
        top = px(scroller.scrollTop);
        model.repaint();
      },
    },
    spacer,
  );
  const note = h("p.kw-board-note kw-quiet");
  const node = h("div.kw-board", {}, scroller, note);
  const bar = createColorBar();
  const hint = h("span");
  const surface = createSurface(pixels);
  let tiling: Tiling | null = null;
  let seen = "";
  let laid = "";
  let ratio = 1;
  let width = 0;
  let limit = 0;
  let inks = readInks(node);
  let visible: Span2 = [0, 0, 0, 0];
  let left = 0;
  let top = 0;
  let hovered = -1;
  let chosen: number | null = null;

  const px = (size: number): number => Math.round(size * ratio);
  const each = (call: (index: number, x: number, y: number) => void): void => {
    for (let row = visible[0]; row < visible[1]; row++) {
      for (let column = visible[2]; column < visible[3]; column++) {
        const index = row * tiling!.columns + column;
        const [x, y] = corner(tiling!, index);
        if (index < tiling!.count) call(index, x - left, y - top);
      }
    }
  };

  const arrange = (): void => {
    const looks = String([theme.dark, model.get("present"), devicePixelRatio]);
    if (looks !== seen) {
      seen = looks;
      ratio = devicePixelRatio;
      inks = readInks(node);
      const style = getComputedStyle(scroller);
      limit = px(Number.parseFloat(style.maxHeight) || DEFAULT_HEIGHT_PX);
      content.onMeasured?.(style);
      width = Math.floor(node.clientWidth * ratio);
    }
    const options = width > 0 ? content.arrange() : null;
    const key = JSON.stringify([options, width, limit, ratio]);
    if (key === laid) return;
    laid = key;
    const lay = (room: number): Tiling | null =>
      options && fitTiles({ ...options, width: room, height: limit, ratio });
    tiling = lay(width);
    if (tiling && extent(tiling)[1] > limit) tiling = lay(width - px(SCROLLBAR_PX));
    const [wide, high] = tiling ? extent(tiling) : [0, 0];
    spacer.style.width = `${wide / ratio}px`;
    spacer.style.height = `${high / ratio}px`;
    surface.resize(
      Math.min(Math.floor(scroller.clientWidth * ratio), wide),
      Math.min(Math.floor(scroller.clientHeight * ratio), high),
      ratio,
    );
    view.style.width = pixels.style.width;
    view.style.height = pixels.style.height;
  };
  const paint = (): void => {
    arrange();
    if (tiling) {
      const selected = content.selected();
      if (chosen !== null && selected !== chosen) reveal(tiling, selected);
      chosen = selected;
      visible = visibleTiles(tiling, left, top, surface.width, surface.height);
      content.onVisible(visible, tiling, each);
      draw(tiling, selected);
    } else context.show(null);
    describe();
  };
  const draw = (tiling: Tiling, selected: number): void => {
    const { width, height, caption } = tiling;
    surface.data.fill(0);
    each((index, x, y) => {
      const picture = content.pictureOf(index);
      if (picture) paintPicture(surface, x, y, picture, width, height);
    });
    surface.put();
    const { context } = surface;
    const pen: Pen = {
      context,
      inks,
      tiling,
      px,
      fill(color, ...box) {
        context.fillStyle = color;
        context.fillRect(...box);
      },
      write(color, text, x, y, align = "left") {
        context.fillStyle = color;
        context.textAlign = align;
        context.fillText(String(text), x, y);
      },
    };
    context.font = `${px(10)}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    context.lineWidth = px(1);
    each((index, x, y) => {
      content.drawOver?.(pen, index, x, y);
      if (caption) pen.write(inks.soft, content.numberOf(index), x, y + height + px(11));
    });
    const ring = (index: number, line: number, color: string): void => {
      if (index < 0) return;
      const [x, y] = corner(tiling, index);
      context.strokeStyle = color;
      context.lineWidth = line;
      context.strokeRect(x - left - line / 2, y - top - line / 2, width + line, height + line);
    };
    ring(hovered, px(1), inks.soft);
    ring(selected, px(2), inks.accent);
    if (tiling.matrix) drawHeads(pen);
  };
  /** Numbers of filters and inputs at the edges of a matrix, as many as there is room for. */
  const drawHeads = ({ tiling, fill, write }: Pen): void => {
    const { columns, width, height, gap, group } = tiling;
    const every = (room: number, pitch: number): number =>
      [1, 2, 5, 10, 20, 50].find((n) => n * pitch >= px(room)) ?? 100;
    fill(inks.surface, 0, 0, tiling.left - px(3), surface.height);
    fill(inks.surface, 0, 0, surface.width, tiling.top - px(3));
    const rows = every(13, height + gap);
    for (let row = visible[0]; row < visible[1]; row++) {
      const index = row * columns;
      const y = corner(tiling, index)[1] - top + height / 2;
      if (row % rows === 0 && y > tiling.top - height / 2) {
        write(inks.soft, content.numberOf(index), tiling.left - px(8), y, "right");
      }
    }
    const across = every(20, (width + gap) * group) * group;
    for (let column = visible[2]; column < visible[3]; column++) {
      const x = corner(tiling, column)[0] - left + width / 2;
      if (column % across === 0 && x > tiling.left) {
        write(inks.soft, column / group, x, px(8), "center");
      }
    }
  };

  const describe = (): void => {
    const [palette, low, high, more, missing] = content.legend();
    bar.set(palette, low, high);
    setText(hint, more);
    setText(note, missing);
    note.hidden = !missing;
    // What lies below a note is no longer true.
    view.hidden = !!missing;
    const [label, title] = content.titles();
    setAttribute(scroller, "aria-label", `${label}, arrow keys select`);
    setAttribute(pixels, "aria-label", `${title}${low && `, colors from ${low} to ${high}`}`);
  };

  /** A tile in words, or the cell of it at a point. */
  const sentence = (index: number, x = -1, y = -1): string => {
    if (index < 0) return "";
    const picture = content.pictureOf(index);
    const name = content.nameOf(index);
    if (!picture) return capitalized(name);
    const cell = readCell(picture, x, y);
    if (cell) return `Cell ${cell[0]} of ${name} = ${cell[1]}`;
    const { data, start, rows, columns, rgb, error } = picture;
    const { low, high } = statsOf(data, start, (rgb ? 3 : 1) * rows * columns);
    return [
      `${capitalized(name)}: ${number(low, error)} to ${number(high, error)}`,
      ...(content.factsOf?.(index) ?? []),
    ].join(" · ");
  };

  /** The tile under a hand, and where on it, in shares of its width and height. */
  const hitOf = ({ clientX, clientY }: MouseEvent): readonly [number, number, number] | null => {
    const box = view.getBoundingClientRect();
    const x = (clientX - box.left) * ratio;
    const y = (clientY - box.top) * ratio;
    let hit: readonly [number, number, number] | null = null;
    if (!tiling) return hit;
    const { width, height, caption, matrix, left, top } = tiling;
    if (matrix && (x < left - 3 || y < top - 3)) return hit;
    each((index, tileX, tileY) => {
      const dx = x - tileX;
      const dy = y - tileY;
      if (dx >= 0 && dx < width && dy >= 0 && dy < height + caption) {
        hit = [index, dx / width, dy / height];
      }
    });
    return hit;
  };
  const point = (hit: ReturnType<typeof hitOf>): void => {
    hovered = hit ? hit[0] : -1;
    view.style.cursor = hit ? "pointer" : "";
    model.repaint();
    context.say(hit ? sentence(...hit) : sentence(content.selected()));
  };
  const select = (index: number): void => {
    if (index < 0 || index >= tiling!.count) return;
    content.select(index);
    context.announce(sentence(index));
  };
  /** Brings a tile into sight. */
  const reveal = (tiling: Tiling, index: number): void => {
    if (index < 0 || index >= tiling.count) return;
    const [x, y] = corner(tiling, index);
    const { width, height, caption, matrix } = tiling;
    const room = Math.ceil(4 * ratio);
    const nudge = (at: number, size: number, from: number, head: number, span: number): number => {
      const start = at - room - (matrix ? head : 0);
      if (start < from) return Math.max(0, start) / ratio;
      return Math.max(from, at + size + room - span) / ratio;
    };
    scroller.scrollLeft = nudge(x, width, left, tiling.left, surface.width);
    scroller.scrollTop = nudge(y, height + caption, top, tiling.top, surface.height);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (!tiling) return;
    const { columns, count } = tiling;
    const now = Math.max(0, content.selected());
    const page = columns * Math.max(1, visible[1] - visible[0] - 1);
    const index = keyOf(event, {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now - columns,
      ArrowDown: now + columns,
      PageUp: Math.max(now % columns, now - page),
      PageDown: now + page < count ? now + page : now,
      Home: 0,
      End: count - 1,
    });
    if (index !== undefined) select(index);
  };

  const observer = new ResizeObserver(() => {
    seen = "";
    model.repaint();
  });
  observer.observe(node);
  context.onEnd(() => observer.disconnect());
  context.onPaint(paint);
  return {
    node,
    foot: h("div.kw-foot kw-row kw-small", {}, bar.node, hint),
    sentence,
    pictureOf: content.pictureOf,
    inks: () => inks,
  };
}
