import type { PaddingMode, PoolKind } from "../generated/schema";
import { createButton } from "../ui/button";
import { h } from "../ui/dom";
import { createMenu } from "../ui/menu";
import { createSegmented } from "../ui/segmented";
import { createSelect } from "../ui/select";
import { createGroup, createRow } from "../ui/toolbar";
import { cannot, codeFor, LIBRARIES, type Library } from "./code";
import { asLayer } from "./compute";
import type { Exploration } from "./exploration";
import { preset, presetNames, resized } from "./presets";
import type { Store } from "./store";

const MOST_SIDE = 15;

/** Mode, padding, stride and kernel size in the first row, the rest under "More". */
export function createControls(
  store: Store,
  exploration: Exploration,
  pictures: HTMLElement,
  announce: (text: string) => void,
) {
  const mode = createSegmented({
    label: "Mode",
    options: [
      { value: "cross-correlation", text: "Cross-correlation" },
      { value: "convolution", text: "Convolution" },
    ],
    value: "cross-correlation",
    onChange: (value) => store.set({ mode: value }),
  });
  const padding = choice("Padding", ["valid", "same", "full", "1", "2", "3"], (text) =>
    store.set({ padding: /^\d/.test(text) ? perAxisFrom(text) : (text as "valid") }),
  );
  const stride = choice("Stride", ["1", "2", "3", "4"], (text) =>
    store.set({ stride: perAxisFrom(text) }),
  );
  const rows = side("Kernel rows", (size) => resize(size, null));
  const columns = side("Kernel columns", (size) => resize(null, size));
  const times = h("span", { class: "kw-quiet" }, "×");
  const size = createGroup(
    "Kernel size",
    h("span", { class: "kw-quiet kw-x-size" }, "Size"),
    rows.node,
    times,
    columns.node,
  );
  const kernels = createMenu({
    label: "Kernel",
    items: () =>
      presetNames(spatial().length).map((name) => ({
        text: name,
        onPress: () => putKernel(name),
      })),
  });
  const code = createMenu({
    label: "Copy code",
    items: () =>
      LIBRARIES.map((library) => {
        const why = reasonAgainst(library);
        return {
          text: why ? `${library}: ${why}` : library,
          disabled: why !== "",
          onPress: () => copy(library),
        };
      }),
  });
  const more = createButton({
    label: "More",
    pressed: false,
    onPress: () => open(drawer.hidden === true),
  });

  const border = choice("Border", ["zeros", "reflect", "replicate", "circular"], (text) =>
    store.set({ padding_mode: text as PaddingMode }),
  );
  const dilation = choice("Dilation", ["1", "2", "3", "4"], (text) =>
    store.set({ dilation: perAxisFrom(text) }),
  );
  const filter = choice("Filter", ["0"], (text) => store.set({ channel: Number(text) }));
  const bias = numberField("Bias", { step: "any" }, (value) => {
    const now = store.get("bias");
    const channel = store.get("channel");
    const own = (old: number, at: number): number => (at === channel ? value : old);
    store.set({ bias: typeof now === "number" ? value : now.map(own) });
  });
  bias.node.prepend(h("span", { class: "kw-quiet" }, "Bias"));
  const relu = createButton({
    label: "ReLU",
    pressed: false,
    onPress: () => store.set({ relu: !store.get("relu") }),
  });
  const pool = choice("Pooling", ["none", "max 2", "max 3", "average 2", "average 3"], (text) => {
    const [kind, width] = text.split(" ");
    store.set({ pool: width ? [kind as PoolKind, Number(width)] : null });
  });
  const drawer = createRow(
    border.node,
    dilation.node,
    filter.node,
    bias.node,
    relu.node,
    pool.node,
  );
  drawer.classList.add("kw-x-more");
  const open = (show: boolean): void => {
    drawer.hidden = !show;
    more.setPressed(show);
    more.node.setAttribute("aria-expanded", String(show));
  };
  open(false);
  const node = h(
    "div",
    { class: "kw-x-controls" },
    createRow(
      mode.node,
      padding.node,
      stride.node,
      size,
      kernels.node,
      pictures,
      more.node,
      code.node,
    ),
    drawer,
  );

  const spatial = (): readonly number[] => {
    const { shape } = store.kernel;
    return shape.length > 2 ? shape.slice(2) : shape;
  };
  /** Makes every kernel of the layer anew, of another size or not. */
  const rebuild = (sizes: readonly number[], make: (from: Float64Array) => readonly number[]) => {
    const { shape, data } = store.kernel;
    const cells = spatial().reduce((a, b) => a * b, 1);
    const kernels: number[] = [];
    for (let i = 0; i < data.length; i += cells) kernels.push(...make(data.slice(i, i + cells)));
    const outer = shape.length > 2 ? shape.slice(0, 2) : [];
    store.setKernel({ shape: [...outer, ...sizes], data: Float64Array.from(kernels) });
  };
  const resize = (down: number | null, across: number | null): void => {
    const now = spatial();
    const [r, c] = now.length > 1 ? [now[0]!, now[1]!] : [1, now[0]!];
    const [newRows, newColumns] = [down ?? r, across ?? c];
    const sizes = now.length > 1 ? [newRows, newColumns] : [newColumns];
    rebuild(sizes, (data) => resized({ data, rows: r, columns: c }, newRows, newColumns));
  };
  const putKernel = (name: string): void => {
    const now = spatial();
    rebuild(now, () => preset(name, now));
    announce(`Kernel: ${name}`);
  };
  const reasonAgainst = (library: Library): string => {
    if (!exploration.result) return "the settings are impossible";
    return cannot(library, exploration.result.layer, store.settings);
  };
  const copy = async (library: Library): Promise<void> => {
    const { result } = exploration;
    if (!result) return;
    const { settings } = store;
    const layer = asLayer(store.image, store.kernel, settings.groups);
    const text = codeFor(library, layer, result.slide, settings);
    try {
      await navigator.clipboard.writeText(text);
      announce(`Copied as ${library}`);
    } catch {
      announce("The browser does not let this page use the clipboard");
    }
  };

  return {
    node,
    refresh(): void {
      const { settings } = store;
      const live = store.get("_live") !== null;
      const sizes = spatial();
      mode.set(settings.mode);
      padding.set(written(settings.padding));
      stride.set(written(settings.stride));
      const flat = sizes.length === 1;
      rows.node.hidden = times.hidden = flat;
      rows.set(sizes[0]!);
      columns.set(sizes.at(-1)!);
      size.inert = live;
      kernels.node.hidden = live;
      border.set(settings.padding_mode);
      dilation.set(written(settings.dilation));
      const channel = store.get("channel");
      const outs = store.kernel.shape.length > 2 ? store.kernel.shape[0]! : 1;
      filter.set(String(channel), [...Array(outs).keys()].map(String));
      filter.node.hidden = outs === 1;
      const shown = [settings.bias].flat();
      bias.set(shown[channel] ?? shown[0] ?? 0);
      relu.setPressed(settings.relu);
      pool.set(settings.pool ? settings.pool.join(" ") : "none");
    },
  };
}

/** A list of words; one that is not in it (set from Python) joins it. */
function choice(label: string, words: string[], onChange: (word: string) => void) {
  let known: readonly string[] = words;
  const options = (list: readonly string[]) => list.map((value) => ({ value, text: value }));
  const select = createSelect({
    label,
    showLabel: true,
    options: options(words),
    value: words[0]!,
    onChange,
  });
  return {
    node: select.node,
    set(word: string, list: readonly string[] = words): void {
      const next = list.includes(word) ? list : [...list, word];
      if (next.join() !== known.join()) select.setOptions(options(next));
      known = next;
      select.set(word);
    },
  };
}

/** A field for one number; what is none is not taken. */
function numberField(label: string, range: object, onChange: (value: number) => void) {
  const input = h("input", {
    type: "number",
    "aria-label": label,
    ...range,
    change() {
      if (Number.isFinite(input.valueAsNumber)) onChange(input.valueAsNumber);
    },
  });
  return {
    node: h("label", { class: "kw-number" }, input),
    set(value: number): void {
      if (input.valueAsNumber !== value) input.value = String(value);
    },
  };
}

function side(label: string, onChange: (size: number) => void) {
  const clamp = (value: number): number => Math.max(1, Math.min(MOST_SIDE, Math.round(value)));
  const field = numberField(label, { min: 1, max: MOST_SIDE }, (value) => onChange(clamp(value)));
  field.node.classList.add("kw-x-side");
  return field;
}

function written(value: string | number | readonly number[]): string {
  const each = new Set([value].flat());
  return each.size > 1 ? (value as number[]).join(", ") : String([...each][0]);
}

function perAxisFrom(text: string): number | number[] {
  const numbers = text.split(", ").map(Number);
  return numbers.length > 1 ? numbers : numbers[0]!;
}
