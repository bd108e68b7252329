import type { Pixels } from "./tiles";

/** A canvas that is painted pixel by pixel of the screen. */
export interface Surface extends Pixels {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  /** Makes it so many screen pixels large, and blank; `ratio` of them are one CSS pixel. */
  resize(width: number, height: number, ratio?: number): void;
  /** Shows what was painted into `data`. */
  put(): void;
}

export function createSurface(canvas: HTMLCanvasElement): Surface {
  const context = canvas.getContext("2d")!;
  let image: ImageData | null = null;
  return {
    canvas,
    context,
    data: new Uint32Array(0),
    width: 0,
    height: 0,
    resize(width, height, ratio) {
      if (width === this.width && height === this.height) {
        this.data.fill(0);
        return;
      }
      this.width = canvas.width = width;
      this.height = canvas.height = height;
      if (ratio) {
        canvas.style.width = `${width / ratio}px`;
        canvas.style.height = `${height / ratio}px`;
      }
      image = context.createImageData(width || 1, height || 1);
      this.data = new Uint32Array(image.data.buffer);
    },
    put() {
      if (image) context.putImageData(image, 0, 0);
    },
  };
}
