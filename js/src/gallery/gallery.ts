import { snapshot } from "../draw/snapshot";
import { createButton } from "../ui/button";
import { h, setAttribute } from "../ui/dom";
import { createGroup, createRow } from "../ui/toolbar";
import { createChoice } from "../views/choices";
import type { Context, View } from "../views/view";
import { createFilter } from "./filtering";
import { createCollection, MOST_FILTERS, readsPictures, shownLayer } from "./kernels";
import { createList } from "./list";
import { createPaints, type Paints } from "./paint";
import { createPictures } from "./pictures";
import { createStage } from "./stage";
import type { Store } from "./store";
import type { Tile } from "./tile";

/** Filtering takes at most this much of a display frame; what is left waits for the next one. */
const BUDGET_MS = 9;
/** Height that the tiles share if they can, and the kernel of the stage, on a desk and in a room. */
const TALL_PX = [560, 900] as const;
const KERNEL_PX = [96, 150] as const;
const ICON_PX = [24, 40] as const;
const SAVED_SCALE = 2;
const SAVE = "M8 2.5V10M4.8 7 8 10.2 11.2 7M3 13.5h10";

/** One picture through many kernels. */
export function createGallery(context: Context, store: Store): View {
  const { model, theme } = context;
  const collect = createCollection(model, store);
  const stage = createStage(context);
  const pictures = createPictures(context, store, stage.sheet);
  const list = createList(
    () => store.enlarged,
    (place) => {
      store.enlarged = place;
    },
    model.repaint,
  );
  const body = h("div.kw-g-body", {}, stage.node, list.node);
  const present = createButton({
    label: "Present",
    title: "Larger text and tiles, for a projector",
    pressed: false,
    onPress: () => model.set("present", !model.get("present")),
  });
  const save = createButton({
    label: "Save picture",
    icon: SAVE,
    onPress() {
      for (const tile of list.tiles) {
        if (!respond.knows(tile)) tile.response = respond.to(tile.kernel);
        tile.paint(paints);
      }
      saveAs(body, context, "filter-gallery.png");
    },
  });
  const node = h(
    "section.kw-g",
    { "aria-label": "Filter gallery" },
    createRow(
      createGroup("Picture", ...pictures.nodes),
      createChoice(context, "layer", "Layer", () =>
        (model.get("_info")?.layers ?? [])
          .filter(readsPictures)
          .map(({ name }) => [name, name] as const),
      ),
      createChoice(context, "palette", "Colors", () => [
        ["RdBu", "Red–blue"],
        ["PuOr", "Orange–purple"],
        ["gray", "Gray"],
      ]),
      h("div.kw-g-end", {}, save.node, present.node),
    ),
    body,
  );
  let paints: Paints = createPaints("RdBu", false);
  let next = 0;
  let respond = createFilter(store.shown);

  /** Filters what is not filtered yet, in turn; true if time runs out before the end. */
  const filter = (): boolean => {
    const { tiles } = list;
    const until = performance.now() + BUDGET_MS;
    if (respond.shown !== store.shown) respond = createFilter(store.shown);
    const turn = [tiles[store.enlarged], ...tiles.slice(next), ...tiles.slice(0, next)];
    const stale = turn.filter((tile): tile is Tile => !!tile?.seen && !respond.knows(tile));
    for (const [nth, tile] of [...new Set(stale)].entries()) {
      if (nth > 0 && performance.now() > until) return true;
      tile.response = respond.to(tile.kernel);
      next = tiles.indexOf(tile) + 1;
    }
    return false;
  };
  context.onPaint(() => {
    const large = Number(!!model.get("present"));
    present.setPressed(large > 0);
    node.classList.toggle("kw-present", large > 0);
    const layer = shownLayer(model);
    const most = Math.min(layer?.shape[0] ?? 0, MOST_FILTERS);
    context.show({
      parts: ["kernels", "probe"],
      ...(layer && { kernels: [0, most, 0, layer.shape[1]!] }),
    });
    if (paints.name !== model.get("palette") || paints.dark !== theme.dark) {
      paints = createPaints(model.get("palette"), theme.dark);
    }
    const { rows, columns } = store.shown.picture;
    list.update(collect());
    list.arrange(
      rows / columns,
      Math.max(TALL_PX[large]!, 1.1 * stage.node.clientHeight),
      large > 0,
    );
    const more = filter();
    for (const tile of list.tiles) {
      tile.paint(paints);
      tile.paintKernel(paints, ICON_PX[large]!);
    }
    const { kernel = null, response = null } = list.tiles[store.enlarged] ?? {};
    stage.show(store.shown, kernel, response, paints, KERNEL_PX[large]!);
    setAttribute(list.node, "aria-busy", more ? "true" : null);
    if (more) model.repaint();
  });
  const resizing = new ResizeObserver(model.repaint);
  resizing.observe(list.node);
  context.onEnd(() => {
    resizing.disconnect();
    list.destroy();
    pictures.destroy();
  });
  return { node };
}

/** Gives a part of the page as it stands there to the person, as a file. */
function saveAs(node: HTMLElement, { announce }: Context, name: string): void {
  const style = getComputedStyle(node);
  const surface = style.getPropertyValue("--kw-surface").trim();
  snapshot(node, surface, "kernelwidgets", SAVED_SCALE).toBlob((file) => {
    if (!file) return announce("The browser could not make a picture of this");
    const address = URL.createObjectURL(file);
    h("a", { href: address, download: name }).click();
    URL.revokeObjectURL(address);
    announce(`Saved as ${name}`);
  });
}
