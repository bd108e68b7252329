import { h } from "./dom";

/** Lets a picture be chosen from a file. */
export interface PictureFile {
  /** Has to be in the page. */
  readonly node: HTMLInputElement;
  choose(): void;
}

/** Hands over the pixels of a chosen file, scaled down until none of its sides is above `longest`. */
export function createPictureFile(options: {
  longest(): number;
  onPicture(pixels: ImageData, name: string): void;
  announce(text: string): void;
}): PictureFile {
  const read = async (file: File): Promise<void> => {
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, options.longest() / Math.max(picture.width, picture.height));
      const width = Math.max(1, Math.round(picture.width * scale));
      const height = Math.max(1, Math.round(picture.height * scale));
      const pen = h("canvas", { width, height }).getContext("2d")!;
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture, 0, 0, width, height);
      options.onPicture(pen.getImageData(0, 0, width, height), file.name);
    } catch {
      options.announce(`${file.name} is no picture that this browser can read`);
    }
  };
  const node = h("input", {
    type: "file",
    accept: "image/*",
    tabindex: -1,
    "aria-hidden": "true",
    hidden: true,
    change() {
      const file = node.files?.[0];
      node.value = "";
      if (file) read(file);
    },
  });
  return { node, choose: () => node.click() };
}
