/** What a still picture of a part of the page leaves around it, in CSS pixels. */
const MARGIN_PX = 24;

/**
 * Draws a part of the page as it stands there: its canvases and its texts, on one color, `scale`
 * pixels for a CSS pixel. `credit` stands below on the right.
 */
export function snapshot(
  node: HTMLElement,
  surface: string,
  credit: string,
  scale: number,
): HTMLCanvasElement {
  const box = node.getBoundingClientRect();
  const [width, height] = [box.width + 2 * MARGIN_PX, box.height + 2 * MARGIN_PX];
  const sheet = document.createElement("canvas");
  sheet.width = Math.round(width * scale);
  sheet.height = Math.round(height * scale);
  const pen = sheet.getContext("2d")!;
  pen.scale(scale, scale);
  pen.fillStyle = surface;
  pen.fillRect(0, 0, width, height);
  pen.translate(MARGIN_PX - box.left, MARGIN_PX - box.top);
  for (const canvas of node.querySelectorAll("canvas")) drawCanvas(pen, canvas);
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) drawText(pen, walker.currentNode as Text);
  const style = getComputedStyle(node);
  pen.font = `${style.fontSize} ${style.fontFamily}`;
  pen.fillStyle = style.color;
  pen.globalAlpha = 0.5;
  pen.textAlign = "right";
  pen.fillText(credit, box.right, box.bottom + MARGIN_PX / 2);
  return sheet;
}

function drawCanvas(pen: CanvasRenderingContext2D, canvas: HTMLCanvasElement): void {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  if (!canvas.width || !width) return;
  const { imageRendering, borderRadius } = getComputedStyle(canvas);
  pen.save();
  pen.beginPath();
  pen.roundRect(left, top, width, height, Number.parseFloat(borderRadius) || 0);
  pen.clip();
  pen.imageSmoothingEnabled = imageRendering !== "pixelated";
  pen.imageSmoothingQuality = "high";
  pen.drawImage(canvas, left, top, width, height);
  pen.restore();
}

function drawText(pen: CanvasRenderingContext2D, text: Text): void {
  const range = document.createRange();
  range.selectNodeContents(text);
  const box = range.getBoundingClientRect();
  const parent = text.parentElement!;
  const room = parent.getBoundingClientRect().right - box.left;
  let words = text.data.trim();
  if (!words || !box.width) return;
  const { fontStyle, fontWeight, fontSize, fontFamily, color } = getComputedStyle(parent);
  pen.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
  pen.fillStyle = color;
  pen.textBaseline = "middle";
  if (pen.measureText(words).width > room + 1) {
    while (words && pen.measureText(`${words}…`).width > room) words = words.slice(0, -1);
    words += "…";
  }
  pen.fillText(words, box.left, box.top + box.height / 2);
}
