import { createSurface } from "../draw/surface";
import { number } from "../lib/format";
import type { Picture } from "../lib/pixels";
import { h, setAttribute, setText } from "../ui/dom";
import { createColorBar } from "../views/color_bar";
import type { Context } from "../views/view";
import type { Response } from "./filtering";
import type { Kernel } from "./kernels";
import { type Paints, paintKernel, paintResponse, paintShown } from "./paint";
import type { Shown } from "./store";

/** The picture, one kernel, and what it makes of it, large. */
export function createStage({ say }: Context) {
  const figure = (...children: HTMLElement[]) => {
    const canvas = h("canvas.kw-g-picture", { role: "img" });
    const node = h(
      "figure.kw-g-figure",
      {},
      h("span.kw-g-frame", {}, canvas),
      h("figcaption", {}, ...children),
    );
    return { node, canvas, surface: createSurface(canvas) };
  };
  const [title, size] = [h("span.kw-title"), h("span.kw-quiet")];
  const input = figure(title, size);
  const bar = createColorBar();
  const output = figure(h("span.kw-title", {}, "Response"), bar.node);
  const drawing = createSurface(h("canvas.kw-pixels", { role: "img" }));
  const [name, note] = [h("span.kw-title"), h("span.kw-quiet")];
  const node = h(
    "div.kw-g-stage",
    {},
    input.node,
    h("div.kw-g-kernel", {}, drawing.canvas, h("span.kw-g-words", {}, name, note)),
    output.node,
  );
  let shown: Shown | null = null;
  let response: Response | null = null;
  let before: unknown[] = [];

  /** Reads both pictures out at the place of the pointer. */
  const read = (event: PointerEvent): void => {
    if (!shown || !response) return;
    const { rows, columns } = shown.picture;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    if (row < 0 || column < 0 || row >= rows || column >= columns) return;
    const at = row * columns + column;
    const numbers = ({ channels, data }: Picture): string =>
      Array.from({ length: channels }, (_, c) => number(data[c * rows * columns + at]!)).join(", ");
    const place = `Row ${row + 1}, column ${column + 1}`;
    say(`${place}: picture ${numbers(shown.picture)}; response ${numbers(response)}`);
  };
  for (const { canvas } of [input, output]) {
    canvas.addEventListener("pointermove", read);
    canvas.addEventListener("pointerleave", () => say(""));
  }

  const showPicture = (next: Shown, paints: Paints): void => {
    paintShown(input.surface, next, paints);
    const { rows, columns, channels } = next.picture;
    const [tall, wide] = next.size;
    const whole = tall === rows && wide === columns ? "" : ` of ${wide}×${tall}`;
    setText(title, next.name);
    setText(size, `${columns}×${rows}${whole}`);
    const kind = channels === 3 ? "in color" : "gray";
    setAttribute(input.canvas, "aria-label", `${next.name}: ${columns} by ${rows}, ${kind}`);
  };
  const showKernel = (kernel: Kernel, paints: Paints, area: number): void => {
    paintKernel(drawing, kernel, paints, area);
    setText(name, kernel.fullName);
    setText(note, `${kernel.size.join("×")}${kernel.depth === 3 ? ", reads colors" : ""}`);
    setAttribute(drawing.canvas, "aria-label", `The kernel: ${kernel.fullName}`);
  };
  const showResponse = (kernel: Kernel, next: Response, paints: Paints): void => {
    paintResponse(output.surface, next, paints);
    const range = next.ends.map((end) => number(end, 0, 2)).join(" to ");
    const [low, high] = [next.low, next.high].map((end) => number(end, 0, 2));
    bar.set(next.isPicture ? paints.gray : paints.signed, low!, high!);
    const sentence = `${kernel.fullName} of the picture: from ${range}`;
    setAttribute(output.canvas, "aria-label", sentence);
  };

  return {
    node,
    /** Where a hand may draw. */
    sheet: input.canvas,
    show(
      picture: Shown,
      kernel: Kernel | null,
      answer: Response | null,
      paints: Paints,
      area: number,
    ): void {
      [shown, response] = [picture, answer];
      const now = [picture, kernel, answer, paints, area];
      const [other, otherKernel, otherAnswer, otherPaints, otherArea] = now.map(
        (part, nth) => part !== before[nth],
      );
      before = now;
      if (other || otherPaints) showPicture(picture, paints);
      if (kernel && (otherKernel || otherPaints || otherArea)) showKernel(kernel, paints, area);
      if (kernel && answer && (otherAnswer || otherPaints)) showResponse(kernel, answer, paints);
    },
  };
}
