import { createButton } from "../ui/button";
import { Cleanup, h } from "../ui/dom";
import { createRow } from "../ui/toolbar";

const SIDE_PX = 240;

/**
 * A dialog to draw a picture in. Resolves to its brightness from 0 to 1, row by row, or to null
 * when it is closed without one.
 */
export function drawPicture(
  inside: HTMLElement,
  rows: number,
  columns: number,
): Promise<number[] | null> {
  const scale = SIDE_PX / Math.max(rows, columns);
  const canvas = h("canvas", {
    class: "kw-pad",
    width: Math.round(columns * scale),
    height: Math.round(rows * scale),
    role: "img",
    "aria-label": "Drawing area: draw with mouse, pen or finger",
  });
  const context = canvas.getContext("2d")!;
  const cleanup = new Cleanup();
  let last: { x: number; y: number } | null = null;

  const clear = (): void => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  const stroke = (event: PointerEvent): void => {
    const x = event.offsetX;
    const y = event.offsetY;
    context.strokeStyle = "#fff";
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = Math.max(8, SIDE_PX / 12);
    context.beginPath();
    context.moveTo(last?.x ?? x, last?.y ?? y);
    context.lineTo(x, y + (last ? 0 : 0.01));
    context.stroke();
    last = { x, y };
  };
  cleanup.listen(canvas, "pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = null;
    stroke(event);
  });
  cleanup.listen(canvas, "pointermove", (event) => {
    if (event.buttons && canvas.hasPointerCapture(event.pointerId)) stroke(event);
  });
  clear();

  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "kw-dialog", "aria-label": "Draw a probe picture" });
    let result: number[] | null = null;
    const use = (): void => {
      result = brightness(canvas, rows, columns, 1);
      dialog.close();
    };
    dialog.append(
      canvas,
      createRow(
        createButton({ label: "Use it", primary: true, onPress: use }).node,
        createButton({ label: "Clear", onPress: clear }).node,
        createButton({ label: "Cancel", onPress: () => dialog.close() }).node,
      ),
    );
    cleanup.listen(dialog, "keydown", (event) => event.stopPropagation());
    dialog.addEventListener("close", () => {
      cleanup.run();
      dialog.remove();
      resolve(result);
    });
    inside.append(dialog);
    dialog.showModal();
  });
}

/** Reads a picture file, cut to the shape and scaled; `channels` is 1 (gray) or 3. */
export async function readPicture(
  file: Blob,
  rows: number,
  columns: number,
  channels: number,
): Promise<number[]> {
  const picture = await createImageBitmap(file);
  const scale = Math.max(columns / picture.width, rows / picture.height);
  const width = columns / scale;
  const height = rows / scale;
  const canvas = h("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  const left = (picture.width - width) / 2;
  const top = (picture.height - height) / 2;
  context.drawImage(picture, left, top, width, height, 0, 0, columns, rows);
  return brightness(canvas, rows, columns, channels);
}

/** The canvas as numbers from 0 to 1, averaged down to so many rows and columns. */
function brightness(
  canvas: HTMLCanvasElement,
  rows: number,
  columns: number,
  channels: number,
): number[] {
  const small = h("canvas", { width: columns, height: rows });
  const context = small.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, 0, 0, columns, rows);
  const { data } = context.getImageData(0, 0, columns, rows);
  const numbers: number[] = [];
  for (let i = 0; i < data.length; i += 4) {
    const [red, green, blue] = [data[i]! / 255, data[i + 1]! / 255, data[i + 2]! / 255];
    if (channels === 3) numbers.push(red, green, blue);
    else numbers.push(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  }
  return numbers;
}
