import { range } from "../lib/range";
import { createButton } from "../ui/button";
import { h } from "../ui/dom";
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
  let drawing = false;
  const stroke = ({ offsetX, offsetY }: PointerEvent): void => {
    pen.lineTo(offsetX, offsetY);
    pen.stroke();
  };
  const canvas = h("canvas.kw-pad", {
    width: Math.round(columns * scale),
    height: Math.round(rows * scale),
    role: "img",
    "aria-label": "Drawing area: draw with mouse, pen or finger",
    pointerdown(event: PointerEvent) {
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      pen.beginPath();
      stroke(event);
      stroke(event);
    },
    pointermove: (event: PointerEvent) => drawing && stroke(event),
    pointerup() {
      drawing = false;
    },
  });
  const pen = canvas.getContext("2d")!;
  const clear = (): void => pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = "#fff";
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = SIDE_PX / 12;
  clear();

  return new Promise((resolve) => {
    const button = (label: string, onPress: () => void, primary = false): HTMLElement =>
      createButton({ label, primary, onPress }).node;
    const finish = (use: boolean): void => {
      resolve(use ? brightness(canvas, rows, columns, 1) : null);
      dialog.remove();
    };
    const dialog = h(
      "dialog.kw-dialog",
      {
        "aria-label": "Draw a probe picture",
        keydown: (event: Event) => event.stopPropagation(),
        close: () => finish(false),
      },
      canvas,
      createRow(
        button("Use it", () => finish(true), true),
        button("Clear", clear),
        button("Cancel", () => finish(false)),
      ),
    );
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
  return brightness(picture, rows, columns, channels, columns / scale, rows / scale);
}

/** The middle of a picture as numbers from 0 to 1, averaged down to so many rows and columns. */
function brightness(
  picture: HTMLCanvasElement | ImageBitmap,
  rows: number,
  columns: number,
  channels: number,
  width = picture.width,
  height = picture.height,
): number[] {
  const pen = h("canvas", { width: columns, height: rows }).getContext("2d")!;
  pen.imageSmoothingQuality = "high";
  const left = (picture.width - width) / 2;
  const top = (picture.height - height) / 2;
  pen.drawImage(picture, left, top, width, height, 0, 0, columns, rows);
  const { data } = pen.getImageData(0, 0, columns, rows);
  return range(rows * columns).flatMap((i) => {
    const [red, green, blue] = [...data.subarray(4 * i, 4 * i + 3)].map(
      (level) => level / 255,
    ) as number[];
    return channels === 3
      ? [red!, green!, blue!]
      : 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  });
}
